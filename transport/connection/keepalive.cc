#include "transport/connection/keepalive.h"

#include <algorithm>
#include <utility>

namespace loopy {

void Keepalive::Start() {
  if (!enabled()) return;
  const absl::Time now = clock_->Now();
  {
    MutexLock lock(&mu_);
    if (state_ != State::kStopped) return;
    state_ = State::kWaiting;
    last_activity_ = now;
  }
  Schedule(time_);
}

void Keepalive::Stop() {
  if (!enabled()) return;
  Clock::TimerHandle timer = 0;
  {
    MutexLock lock(&mu_);
    state_ = State::kStopped;
    timer = std::exchange(timer_, 0);
  }
  clock_->Cancel(timer);
}

void Keepalive::OnActivity() {
  if (!enabled()) return;
  const absl::Time now = clock_->Now();
  MutexLock lock(&mu_);
  last_activity_ = now;
}

void Keepalive::OnStreamOpened() {
  if (!enabled()) return;
  {
    MutexLock lock(&mu_);
    if (state_ != State::kDormant) return;
    state_ = State::kWaiting;
  }
  // It slept through its time: the next ping is due (grpc-go does the same).
  Schedule(absl::ZeroDuration());
}

void Keepalive::OnPingSent() {
  const absl::Time now = clock_->Now();
  {
    MutexLock lock(&mu_);
    if (state_ != State::kAsked) return;
    state_ = State::kPinged;
    pinged_at_ = now;
  }
  Schedule(std::min(time_, timeout_));
}

void Keepalive::Schedule(absl::Duration delay) {
  const Clock::TimerHandle timer =
      clock_->RunAfter(delay, [self = shared_from_this()] { self->OnTimer(); });
  bool stopped = false;
  {
    MutexLock lock(&mu_);
    stopped = state_ == State::kStopped;
    if (!stopped) timer_ = timer;
  }
  if (stopped) clock_->Cancel(timer);
}

void Keepalive::OnTimer() {
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return;
  const absl::Time now = clock_->Now();
  absl::Duration next = absl::ZeroDuration();
  bool timed_out = false;
  {
    MutexLock lock(&mu_);
    timer_ = 0;
    if (state_ == State::kStopped) return;
    if (state_ == State::kPinged && last_activity_ < pinged_at_) {
      // A read is seen at the first multiple of `time` after it, which is not
      // later than the ping that it puts off.
      next = std::min(time_, pinged_at_ + timeout_ - now);
      timed_out = next <= absl::ZeroDuration();
      if (timed_out) state_ = State::kStopped;
    } else {
      next = last_activity_ + time_ - now;
      // Before the question whether there are streams, so that one which is
      // opened now is not missed.
      state_ = next > absl::ZeroDuration() ? State::kWaiting : State::kDormant;
    }
  }
  if (timed_out) {
    observer->OnKeepaliveTimeout();
  } else if (next > absl::ZeroDuration()) {
    Schedule(next);
  } else {
    MaybeAsk(observer.get());
  }
}

void Keepalive::MaybeAsk(Observer* observer) {
  if (!permit_without_calls_ && !observer->HasStreams()) return;
  {
    MutexLock lock(&mu_);
    // A stream that was opened meanwhile may have woken it.
    if (state_ != State::kDormant) return;
    state_ = State::kAsked;
  }
  observer->OnKeepalivePing();
}

}  // namespace loopy
