#ifndef LOOPY_TESTS_SUPPORT_CALLER_THREADS_H_
#define LOOPY_TESTS_SUPPORT_CALLER_THREADS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace loopy {

// Runs threads that each make one call after the other, except while they
// pause.
//
// Example:
//   CallerThreads threads(32, [&](size_t thread) { ... one call ... });
//   threads.Run();
//   ...
//   if (threads.Pause(bound)) ...  // no call is alive now
//
// One thread uses the methods. The destructor waits for the calls that are
// alive.
class CallerThreads {
 public:
  // The threads pause until Run().
  CallerThreads(size_t count, std::function<void(size_t thread)> make_call);
  ~CallerThreads();

  CallerThreads(const CallerThreads&) = delete;
  CallerThreads& operator=(const CallerThreads&) = delete;

  void Run() { SetState(State::kRunning); }
  // Waits until no call is alive. Returns false if some still are after
  // `bound`.
  bool Pause(absl::Duration bound);

  size_t alive() const;
  uint64_t ended() const;

 private:
  enum class State { kPaused, kRunning, kStopped };

  void SetState(State state);
  // Waits while the state is kPaused. Returns false once it is kStopped.
  bool BeginCall();
  void EndCall();
  void MakeCalls(size_t thread);

  const std::function<void(size_t)> make_call_;
  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kPaused;
  size_t alive_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_;  // constant after construction
};

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_CALLER_THREADS_H_
