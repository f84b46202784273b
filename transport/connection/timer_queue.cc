#include "transport/connection/timer_queue.h"

namespace loopy {

void TimerQueue::Start() {
  if (delay_ == absl::InfiniteDuration()) return;
  uint64_t number = 0;
  {
    MutexLock lock(&mu_);
    if (stopped_) return;
    number = oldest_ + timers_.size();
    timers_.push_back(0);
  }
  const Clock::TimerHandle timer = clock_->RunAfter(
      delay_, [self = shared_from_this(), number] { self->OnTimer(number); });
  {
    MutexLock lock(&mu_);
    if (!stopped_ && number >= oldest_) {
      timers_[number - oldest_] = timer;
      return;
    }
  }
  clock_->Cancel(timer);  // it expired, or was cancelled, in between
}

void TimerQueue::CancelOldest() {
  Clock::TimerHandle timer = 0;
  {
    MutexLock lock(&mu_);
    if (timers_.empty()) return;
    timer = timers_.front();
    timers_.erase(timers_.begin());
    ++oldest_;
  }
  clock_->Cancel(timer);
}

void TimerQueue::Stop() {
  Timers timers;
  {
    MutexLock lock(&mu_);
    stopped_ = true;
    timers.swap(timers_);
  }
  for (const Clock::TimerHandle timer : timers) clock_->Cancel(timer);
}

void TimerQueue::OnTimer(uint64_t number) {
  {
    MutexLock lock(&mu_);
    // It may have been cancelled while it waited for its thread.
    if (stopped_ || number < oldest_) return;
    // Those before it have expired as well, and may come here later.
    while (oldest_ <= number) {
      timers_.erase(timers_.begin());
      ++oldest_;
    }
  }
  on_expired_();
}

}  // namespace loopy
