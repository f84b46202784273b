#ifndef LOOPY_TRANSPORT_CONNECTION_RESERVE_TIMER_H_
#define LOOPY_TRANSPORT_CONNECTION_RESERVE_TIMER_H_

#include <memory>

#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// Measures how long the reserve of the connection's window may hold bulk back
// before the peer has to give window back (see WindowReserve).
//
//   timer->Start();   // the writer: bulk is held back
//   ...               // -> OnReserveTimer, kWait later
//   timer->Stop();    // the connection closes
//
// Threads: any. Lifetime: shared by the connection and the clock; it knows the
// observer weakly.
class ReserveTimer final : public std::enable_shared_from_this<ReserveTimer> {
 public:
  // Called with no lock held.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnReserveTimer() = 0;
  };

  // Longer than a round trip to most peers. It delays bulk once: a peer that is
  // found to give window back late is not waited for again.
  static constexpr absl::Duration Wait() { return absl::Milliseconds(100); }

  ReserveTimer(Clock* clock, std::weak_ptr<Observer> observer)
      : clock_(clock), observer_(std::move(observer)) {}

  // Not while it runs.
  void Start();
  void Stop();

 private:
  Clock* const clock_;
  const std::weak_ptr<Observer> observer_;

  Mutex mu_{LockRank::kReserveTimer};
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  Clock::TimerHandle timer_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_RESERVE_TIMER_H_
