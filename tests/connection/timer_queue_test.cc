#include "transport/connection/timer_queue.h"

#include <memory>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"

namespace loopy {
namespace {

class TimerQueueTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(clock_.pending_timers(), 0u); }

  std::shared_ptr<TimerQueue> Make(absl::Duration delay) {
    return std::make_shared<TimerQueue>(&clock_, delay, [this] { ++expired_; });
  }

  FakeClock clock_;
  std::shared_ptr<TimerQueue> timers_ = Make(absl::Seconds(10));
  int expired_ = 0;
};

TEST_F(TimerQueueTest, EachTimerExpiresAfterItsDelay) {
  timers_->Start();
  clock_.Advance(absl::Seconds(4));
  timers_->Start();
  clock_.Advance(absl::Seconds(6) - absl::Milliseconds(1));
  EXPECT_EQ(expired_, 0);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(expired_, 1);
  clock_.Advance(absl::Seconds(4));
  EXPECT_EQ(expired_, 2);
}

// Catches: the youngest is cancelled.
TEST_F(TimerQueueTest, TheOldestIsCancelledFirst) {
  timers_->Start();
  clock_.Advance(absl::Seconds(4));
  timers_->Start();
  timers_->CancelOldest();
  clock_.Advance(absl::Seconds(10) - absl::Milliseconds(1));
  EXPECT_EQ(expired_, 0);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(expired_, 1);
  timers_->CancelOldest();  // there is none
  timers_->Start();
  timers_->CancelOldest();
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ(expired_, 1);
}

// Catches: a timer that has expired is taken for the oldest.
TEST_F(TimerQueueTest, AnExpiredTimerIsNotTheOldest) {
  timers_->Start();
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(expired_, 1);
  timers_->Start();
  timers_->CancelOldest();
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ(expired_, 1);
}

// Catches: a Stop that only cancels.
TEST_F(TimerQueueTest, NoneExpiresAfterStop) {
  timers_->Start();
  timers_->Start();
  timers_->Stop();
  EXPECT_EQ(clock_.pending_timers(), 0u);
  timers_->Start();
  EXPECT_EQ(clock_.pending_timers(), 0u);
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ(expired_, 0);
}

// Catches: a timer for ever, which keeps what it holds.
TEST_F(TimerQueueTest, AnInfiniteDelayStartsNoTimer) {
  const std::shared_ptr<TimerQueue> never = Make(absl::InfiniteDuration());
  never->Start();
  EXPECT_EQ(clock_.pending_timers(), 0u);
  never->CancelOldest();
}

}  // namespace
}  // namespace loopy
