#ifndef LOOPY_TRANSPORT_CONNECTION_TIMER_QUEUE_H_
#define LOOPY_TRANSPORT_CONNECTION_TIMER_QUEUE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// Timers of one length, for events that come in the order in which they are
// waited for.
//
//   auto timers = std::make_shared<TimerQueue>(clock, delay, on_expired);
//   timers->Start();         // for each event
//   timers->CancelOldest();  // the first event came
//   timers->Stop();          // from here on none starts or expires
//
// `on_expired` runs when a timer expires, with no lock held. A call
// that is under way may outlast Stop.
//
// Threads: any. Lifetime: shared with its timers; `on_expired` must not own
// what owns this.
class TimerQueue final : public std::enable_shared_from_this<TimerQueue> {
 public:
  // With an infinite delay no timer ever starts.
  TimerQueue(Clock* clock, absl::Duration delay,
             std::function<void()> on_expired)
      : clock_(clock), delay_(delay), on_expired_(std::move(on_expired)) {}

  void Start();
  void CancelOldest();
  void Stop();

 private:
  using Timers = absl::InlinedVector<Clock::TimerHandle, 1>;

  // A timer's number is its place among all that were ever started.
  void OnTimer(uint64_t number);

  Clock* const clock_;
  const absl::Duration delay_;
  const std::function<void()> on_expired_;

  Mutex mu_{LockRank::kTimerQueue};
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  // Oldest first, seldom more than one. A handle is 0 until the clock has given
  // it.
  Timers timers_ ABSL_GUARDED_BY(mu_);
  uint64_t oldest_ ABSL_GUARDED_BY(mu_) = 0;  // the number of the first
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_TIMER_QUEUE_H_
