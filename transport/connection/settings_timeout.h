#ifndef LOOPY_TRANSPORT_CONNECTION_SETTINGS_TIMEOUT_H_
#define LOOPY_TRANSPORT_CONNECTION_SETTINGS_TIMEOUT_H_

#include <deque>
#include <memory>

#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// Bounds how long the peer may take to acknowledge our SETTINGS (RFC 9113
// section 6.5.3).
//
//   auto timeout = std::make_shared<SettingsTimeout>(clock, time, observer);
//   timeout->OnPut();  // SETTINGS are put into the control buffer
//   timeout->OnAck();
//   timeout->Stop();   // the observer is called no more
//
// Threads: any. Lifetime: shared with its timers.
class SettingsTimeout final
    : public std::enable_shared_from_this<SettingsTimeout> {
 public:
  // Called with no lock held, at most once.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnSettingsTimeout() = 0;
  };

  // Infinite: no bound.
  SettingsTimeout(Clock* clock, absl::Duration timeout,
                  std::weak_ptr<Observer> observer)
      : clock_(clock), timeout_(timeout), observer_(std::move(observer)) {}

  void OnPut();
  // An ACK is that of the oldest SETTINGS.
  void OnAck();
  void Stop();

 private:
  void OnTimer();

  Clock* const clock_;
  const absl::Duration timeout_;
  const std::weak_ptr<Observer> observer_;

  Mutex mu_{LockRank::kSettingsTimeout};
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<Clock::TimerHandle> timers_ ABSL_GUARDED_BY(mu_);  // oldest first
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_SETTINGS_TIMEOUT_H_
