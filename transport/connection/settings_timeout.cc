#include "transport/connection/settings_timeout.h"

#include <utility>

namespace loopy {

void SettingsTimeout::OnPut() {
  if (timeout_ == absl::InfiniteDuration()) return;
  const Clock::TimerHandle timer = clock_->RunAfter(
      timeout_, [self = shared_from_this()] { self->OnTimer(); });
  {
    MutexLock lock(&mu_);
    if (!stopped_) {
      timers_.push_back(timer);
      return;
    }
  }
  clock_->Cancel(timer);
}

void SettingsTimeout::OnAck() {
  Clock::TimerHandle timer = 0;
  {
    MutexLock lock(&mu_);
    if (timers_.empty()) return;
    timer = timers_.front();
    timers_.pop_front();
  }
  clock_->Cancel(timer);
}

void SettingsTimeout::Stop() {
  std::deque<Clock::TimerHandle> timers;
  {
    MutexLock lock(&mu_);
    stopped_ = true;
    timers.swap(timers_);
  }
  for (const Clock::TimerHandle timer : timers) clock_->Cancel(timer);
}

void SettingsTimeout::OnTimer() {
  {
    MutexLock lock(&mu_);
    // An ACK may have come while this waited for its thread.
    if (stopped_ || timers_.empty()) return;
    stopped_ = true;
  }
  if (const std::shared_ptr<Observer> observer = observer_.lock()) {
    observer->OnSettingsTimeout();
  }
}

}  // namespace loopy
