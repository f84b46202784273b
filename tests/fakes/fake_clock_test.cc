#include "tests/fakes/fake_clock.h"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(FakeClockTest, TimePassesOnlyByAdvance) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Milliseconds(5));
  EXPECT_EQ(clock.Now() - start, absl::Milliseconds(5));
}

// Catches: timers in the order of creation; timers that all run at the end of
// the step.
TEST(FakeClockTest, RunsDueTimersInOrderAtTheirOwnTimes) {
  FakeClock clock;
  const absl::Time start = clock.Now();
  std::vector<std::pair<int, absl::Duration>> ran;
  const auto record = [&](int i) {
    return
        [&ran, &clock, start, i] { ran.emplace_back(i, clock.Now() - start); };
  };
  clock.RunAfter(absl::Seconds(2), record(1));
  clock.RunAfter(absl::Seconds(1), record(2));
  clock.RunAfter(absl::Seconds(1), record(3));
  clock.RunAfter(absl::Seconds(3), record(4));
  clock.Advance(absl::Milliseconds(999));
  EXPECT_TRUE(ran.empty());
  clock.Advance(absl::Milliseconds(1001));
  const std::vector<std::pair<int, absl::Duration>> expected = {
      {2, absl::Seconds(1)}, {3, absl::Seconds(1)}, {1, absl::Seconds(2)}};
  EXPECT_EQ(ran, expected);
  EXPECT_EQ(clock.pending_timers(), 1u);
  EXPECT_EQ(clock.Now() - start, absl::Seconds(2));
}

TEST(FakeClockTest, RunsTimersThatACallbackAdds) {
  FakeClock clock;
  int ran = 0;
  clock.RunAfter(absl::Seconds(1), [&] {
    clock.RunAfter(absl::Seconds(1), [&] { ++ran; });
    clock.RunAfter(absl::Seconds(2), [&] { ++ran; });
  });
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(ran, 1);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(ran, 2);
}

TEST(FakeClockTest, NothingRunsInsideRunAfter) {
  FakeClock clock;
  std::vector<int> ran;
  clock.RunAfter(absl::ZeroDuration(), [&] { ran.push_back(1); });
  clock.RunAfter(-absl::Seconds(1), [&] { ran.push_back(2); });
  EXPECT_TRUE(ran.empty());
  clock.Advance(absl::ZeroDuration());
  EXPECT_EQ(ran, (std::vector<int>{1, 2}));
}

TEST(FakeClockTest, CancelledTimersDoNotRun) {
  FakeClock clock;
  auto counted = std::make_shared<int>(0);
  const Clock::TimerHandle timer =
      clock.RunAfter(absl::Seconds(1), [counted] { ++*counted; });
  EXPECT_TRUE(clock.Cancel(timer));
  EXPECT_EQ(counted.use_count(), 1) << "the callback is destroyed";
  EXPECT_EQ(clock.pending_timers(), 0u);
  EXPECT_FALSE(clock.Cancel(timer));
  EXPECT_FALSE(clock.Cancel(0));
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(*counted, 0);
}

TEST(FakeClockTest, ATimerThatRunsCannotBeCancelled) {
  FakeClock clock;
  Clock::TimerHandle timer = 0;
  bool cancelled = true;
  timer = clock.RunAfter(absl::Seconds(1),
                         [&] { cancelled = clock.Cancel(timer); });
  clock.Advance(absl::Seconds(1));
  EXPECT_FALSE(cancelled);
}

TEST(FakeClockTest, EachTimerEndsOnceAmongThreads) {
  constexpr int kTimers = 1000;
  FakeClock clock;
  int ran = 0;  // only the thread that advances writes it
  int cancelled = 0;
  std::thread canceller([&] {
    for (int i = 0; i < kTimers; ++i) {
      const Clock::TimerHandle timer =
          clock.RunAfter(absl::Seconds(1), [&ran] { ++ran; });
      if (clock.Cancel(timer)) ++cancelled;
    }
  });
  for (int i = 0; i < kTimers; ++i) clock.Advance(absl::Seconds(1));
  canceller.join();
  EXPECT_EQ(ran + cancelled, kTimers);
  EXPECT_EQ(clock.pending_timers(), 0u);
}

}  // namespace
}  // namespace loopy
