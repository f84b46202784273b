#include "tests/fakes/fake_clock.h"

#include <algorithm>
#include <utility>

namespace loopy {

FakeClock::FakeClock(absl::Time start) : now_(start) {}

absl::Time FakeClock::Now() {
  MutexLock lock(&mu_);
  return now_;
}

Clock::TimerHandle FakeClock::RunAfter(absl::Duration delay,
                                       absl::AnyInvocable<void()> callback) {
  MutexLock lock(&mu_);
  const TimerHandle handle = ++last_handle_;
  const absl::Time due = now_ + std::max(delay, absl::ZeroDuration());
  timers_.emplace(Key(due, handle), std::move(callback));
  due_.emplace(handle, due);
  return handle;
}

bool FakeClock::Cancel(TimerHandle handle) {
  absl::AnyInvocable<void()> callback;  // destroyed without the lock
  MutexLock lock(&mu_);
  const auto due = due_.find(handle);
  if (due == due_.end()) return false;
  const auto timer = timers_.find(Key(due->second, handle));
  callback = std::move(timer->second);
  timers_.erase(timer);
  due_.erase(due);
  return true;
}

void FakeClock::Advance(absl::Duration d) {
  const absl::Time end = Now() + d;
  absl::AnyInvocable<void()> callback;
  while (TakeDue(end, &callback)) {
    callback();
    callback = nullptr;
  }
}

void FakeClock::RunWhenIdle(absl::AnyInvocable<void()> callback) {
  if (!is_busy) return callback();
  MutexLock lock(&mu_);
  when_idle_.push_back(std::move(callback));
}

void FakeClock::RunIdle() {
  is_busy = false;
  std::vector<absl::AnyInvocable<void()>> callbacks;
  {
    MutexLock lock(&mu_);
    callbacks.swap(when_idle_);
  }
  for (absl::AnyInvocable<void()>& callback : callbacks) callback();
}

size_t FakeClock::pending_timers() {
  MutexLock lock(&mu_);
  return timers_.size();
}

bool FakeClock::TakeDue(absl::Time end, absl::AnyInvocable<void()>* callback) {
  MutexLock lock(&mu_);
  const auto first = timers_.begin();
  if (first == timers_.end() || first->first.first > end) {
    now_ = std::max(now_, end);
    return false;
  }
  now_ = std::max(now_, first->first.first);
  *callback = std::move(first->second);
  due_.erase(first->first.second);
  timers_.erase(first);
  return true;
}

}  // namespace loopy
