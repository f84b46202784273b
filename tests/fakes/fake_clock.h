#ifndef LOOPY_TESTS_FAKES_FAKE_CLOCK_H_
#define LOOPY_TESTS_FAKES_FAKE_CLOCK_H_

#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// A clock of virtual time, which passes only by Advance().
//
//   FakeClock clock;
//   clock.RunAfter(absl::Seconds(1), [&] { fired = true; });
//   clock.Advance(absl::Seconds(1));  // fired
//   EXPECT_EQ(clock.pending_timers(), 0);
//
// Threads: any. Callbacks run on the thread that calls Advance, no lock held.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time start = absl::UnixEpoch() + absl::Hours(1));

  absl::Time Now() override;
  TimerHandle RunAfter(absl::Duration delay,
                       absl::AnyInvocable<void()> callback) override;
  bool Cancel(TimerHandle handle) override;
  // Runs `callback` at once, or in RunIdle() if `is_busy`.
  void RunWhenIdle(absl::AnyInvocable<void()> callback) override;
  void RunIdle();
  // Runs `on_yield`, which stands for other threads.
  void Yield() override {
    if (on_yield) on_yield();
  }

  // Runs the timers that are due within `d`, in the order of time, then of
  // creation. Each callback sees its own time. Timers that callbacks add run,
  // too, if they are due.
  void Advance(absl::Duration d);

  // Returns the number of timers that have neither started nor been cancelled.
  size_t pending_timers();

  absl::AnyInvocable<void()> on_yield;
  bool is_busy = false;  // of the test's only thread

 private:
  using Key = std::pair<absl::Time, TimerHandle>;

  // Moves the time forward to `end`, or to the next timer before it, which it
  // takes out. Returns false if there is none.
  bool TakeDue(absl::Time end, absl::AnyInvocable<void()>* callback);

  Mutex mu_{LockRank::kTest};
  absl::Time now_ ABSL_GUARDED_BY(mu_);
  TimerHandle last_handle_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<Key, absl::AnyInvocable<void()>> timers_ ABSL_GUARDED_BY(mu_);
  std::map<TimerHandle, absl::Time> due_ ABSL_GUARDED_BY(mu_);
  std::vector<absl::AnyInvocable<void()>> when_idle_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TESTS_FAKES_FAKE_CLOCK_H_
