#include "tests/support/caller_threads.h"

#include <utility>

namespace loopy {

CallerThreads::CallerThreads(size_t count,
                             std::function<void(size_t thread)> make_call)
    : make_call_(std::move(make_call)) {
  for (size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this, i] { MakeCalls(i); });
  }
}

CallerThreads::~CallerThreads() {
  SetState(State::kStopped);
  for (std::thread& thread : threads_) thread.join();
}

bool CallerThreads::Pause(absl::Duration bound) {
  SetState(State::kPaused);
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(
      absl::Condition(
          +[](size_t* alive) { return *alive == 0; }, &alive_),
      bound);
}

size_t CallerThreads::alive() const {
  absl::MutexLock lock(&mutex_);
  return alive_;
}

uint64_t CallerThreads::ended() const {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

void CallerThreads::SetState(State state) {
  absl::MutexLock lock(&mutex_);
  state_ = state;
}

bool CallerThreads::BeginCall() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(
      +[](State* state) { return *state != State::kPaused; }, &state_));
  if (state_ == State::kStopped) return false;
  ++alive_;
  return true;
}

void CallerThreads::EndCall() {
  absl::MutexLock lock(&mutex_);
  --alive_;
  ++ended_;
}

void CallerThreads::MakeCalls(size_t thread) {
  while (BeginCall()) {
    make_call_(thread);
    EndCall();
  }
}

}  // namespace loopy
