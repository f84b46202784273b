#include "transport/connection/keepalive.h"

#include <utility>

namespace loopy {

void Keepalive::Start() {
  if (!enabled()) return;
  {
    MutexLock lock(&mu_);
    if (state_ != State::kStopped) return;
    state_ = State::kWaiting;
    last_activity_ = clock_->Now();
  }
  Schedule(options_.time);
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

void Keepalive::OnStreams(bool any) {
  if (!enabled()) return;
  bool wake = false;
  {
    MutexLock lock(&mu_);
    any_streams_ = any;
    if (any && state_ == State::kDormant) {
      state_ = State::kWaiting;
      wake = true;
    }
  }
  // It slept through its time: the next ping is due (grpc-go does the same).
  if (wake) Schedule(absl::ZeroDuration());
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
  const absl::Time now = clock_->Now();
  absl::Duration next = options_.time;
  bool ping = false;
  bool timed_out = false;
  {
    MutexLock lock(&mu_);
    timer_ = 0;
    if (state_ == State::kStopped) return;
    const bool answered =
        state_ == State::kPinged && last_activity_ > pinged_at_;
    if (state_ == State::kPinged && !answered) {
      timed_out = true;
      state_ = State::kStopped;
    } else if (now - last_activity_ < options_.time) {
      state_ = State::kWaiting;
      next = last_activity_ + options_.time - now;
    } else if (!any_streams_ && !options_.permit_without_calls) {
      state_ = State::kDormant;
      return;
    } else {
      state_ = State::kPinged;
      pinged_at_ = now;
      ping = true;
      next = options_.timeout;
    }
  }
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return;
  if (timed_out) {
    observer->OnKeepaliveTimeout();
    return;
  }
  if (ping) observer->OnKeepalivePing();
  Schedule(next);
}

}  // namespace loopy
