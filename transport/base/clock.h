#ifndef LOOPY_TRANSPORT_BASE_CLOCK_H_
#define LOOPY_TRANSPORT_BASE_CLOCK_H_

#include <cstdint>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace loopy {

// Provides monotonic time and timers, so that the transport can be tested in
// virtual time.
//
//   Clock::TimerHandle timer = clock->RunAfter(absl::Seconds(1), [self] {...});
//   if (clock->Cancel(timer)) ...  // it has not run and never will
//
// Threads: every method may be called from any thread, never with a lock held
// that a callback takes. A callback runs on a thread of the implementation,
// never inside RunAfter() or Cancel(). Lifetime: outlives its users.
class Clock {
 public:
  // 0 stands for no timer.
  using TimerHandle = uint64_t;

  virtual ~Clock() = default;

  // Returns a time that never goes back. Its epoch has no meaning.
  virtual absl::Time Now() = 0;

  // Runs `callback` once, `delay` from now, unless cancelled.
  virtual TimerHandle RunAfter(absl::Duration delay,
                               absl::AnyInvocable<void()> callback) = 0;

  // Returns true if the callback has not started; it is destroyed and never
  // runs. Returns false if it ran, is about to, or the handle is 0.
  virtual bool Cancel(TimerHandle handle) = 0;

  // Runs `callback` once: at once, or on this thread when it has done what it
  // has to do already.
  virtual void RunWhenIdle(absl::AnyInvocable<void()> callback) { callback(); }

  // Lets other threads run that are ready to, as the scheduler sees fit.
  virtual void Yield() { std::this_thread::yield(); }
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_CLOCK_H_
