// The tests use gRPC's real timers. Each wait ends with an event, or fails
// after 10 s.

#include "transport/adapter/endpoint/transport_clock.h"

#include <grpc/grpc.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "src/core/lib/iomgr/exec_ctx.h"

namespace loopy {
namespace {

class TransportClockTest : public ::testing::Test {
 protected:
  TransportClockTest() { grpc_init(); }
  ~TransportClockTest() override { grpc_shutdown(); }

  static bool Comes(std::promise<void>* event) {
    return event->get_future().wait_for(std::chrono::seconds(10)) ==
           std::future_status::ready;
  }

  Clock* const clock_ = TransportClock();
};

TEST_F(TransportClockTest, RunsOnceAndNotEarly) {
  std::promise<void> ran;
  absl::Time at;
  const absl::Time start = clock_->Now();
  const Clock::TimerHandle timer =
      clock_->RunAfter(absl::Milliseconds(30), [&] {
        at = clock_->Now();
        ran.set_value();  // throws if it comes twice
      });
  EXPECT_NE(timer, 0);
  ASSERT_TRUE(Comes(&ran));
  EXPECT_GE(at - start, absl::Milliseconds(30));
  EXPECT_FALSE(clock_->Cancel(timer));
}

// Catches: a connection's first write that does not wait for its first call
// (gRPC 1.51, where the closures in between are on one thread).
TEST_F(TransportClockTest, WhenIdleComesAfterTheClosuresOfTheThread) {
  grpc_core::ExecCtx exec_ctx;
  std::vector<int> order;
  struct Step {
    std::vector<int>* order;
    int left;
    grpc_closure closure;

    static void Run(void* arg, grpc_error_handle error) {
      auto* const self = static_cast<Step*>(arg);
      self->order->push_back(self->left);
      if (--self->left > 0) {
        grpc_core::ExecCtx::Run(DEBUG_LOCATION, &self->closure, error);
      }
    }
  };
  Step step{&order, 3, {}};
  GRPC_CLOSURE_INIT(&step.closure, Step::Run, &step, nullptr);
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, &step.closure, absl::OkStatus());
  for (const int id : {10, 11}) {
    clock_->RunWhenIdle([&order, id] { order.push_back(id); });
  }
  exec_ctx.Flush();
  if (GRPC_CPP_VERSION_MINOR > 51) {
    EXPECT_EQ(order, (std::vector<int>{10, 11, 3, 2, 1}));
  } else {
    EXPECT_EQ(order, (std::vector<int>{3, 2, 1, 10, 11}));
  }
}

// Breaks when an ExecCtx's idea of now, which may be old, is used.
TEST_F(TransportClockTest, AnOldExecCtxMakesNoTimerEarly) {
  std::promise<void> first;
  grpc_core::ExecCtx exec_ctx;
  exec_ctx.Now();  // remembered from here on
  clock_->RunAfter(absl::Milliseconds(50), [&] { first.set_value(); });
  exec_ctx.Flush();
  ASSERT_TRUE(Comes(&first));
  std::promise<void> second;
  absl::Time at;
  const absl::Time start = clock_->Now();
  clock_->RunAfter(absl::Milliseconds(40), [&] {
    at = clock_->Now();
    second.set_value();
  });
  ASSERT_TRUE(Comes(&second));
  EXPECT_GE(at - start, absl::Milliseconds(40));
}

TEST_F(TransportClockTest, ACancelledTimerIsDestroyedWithoutRunning) {
  auto held = std::make_shared<int>();
  const Clock::TimerHandle timer = clock_->RunAfter(
      absl::Hours(1), [held] { FAIL() << "it was cancelled"; });
  EXPECT_EQ(held.use_count(), 2);
  EXPECT_TRUE(clock_->Cancel(timer));
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(clock_->Cancel(timer));
  EXPECT_FALSE(clock_->Cancel(0));
}

// Runs a timer that is due at once, and fails if it runs inside RunAfter.
void RunDueTimer(Clock* clock, absl::Duration delay, std::promise<void>* ran) {
  const auto inside = std::make_shared<std::atomic<bool>>(true);
  clock->RunAfter(delay, [=, self = std::this_thread::get_id()] {
    if (std::this_thread::get_id() == self) {
      EXPECT_FALSE(inside->load());
    }
    ran->set_value();
  });
  inside->store(false);
}

// Breaks when RunAfter's own ExecCtx runs what is due.
TEST_F(TransportClockTest, NeverRunsInsideRunAfter) {
  for (int i = 0; i < 200; ++i) {
    std::promise<void> ran;
    RunDueTimer(clock_, absl::ZeroDuration(), &ran);
    ASSERT_TRUE(Comes(&ran));
  }
}

TEST_F(TransportClockTest, UnderAnExecCtxWhatIsDueWaitsForItsFlush) {
  std::promise<void> ran;
  grpc_core::ExecCtx exec_ctx;
  RunDueTimer(clock_, absl::Seconds(-1), &ran);
  exec_ctx.Flush();
  ASSERT_TRUE(Comes(&ran));
}

TEST_F(TransportClockTest, ACallbackMayUseTheClock) {
  std::promise<void> ran;
  clock_->RunAfter(absl::Milliseconds(1), [&] {
    const Clock::TimerHandle other = clock_->RunAfter(absl::Hours(1), [] {});
    EXPECT_TRUE(clock_->Cancel(other));
    clock_->RunAfter(absl::Milliseconds(1), [&] { ran.set_value(); });
  });
  ASSERT_TRUE(Comes(&ran));
}

// Every timer either runs or is cancelled, never both, never neither.
TEST_F(TransportClockTest, CancelsRaceWithTimers) {
  constexpr int kTimers = 2000;
  std::atomic<int> ran{0};
  std::atomic<int> cancelled{0};
  std::vector<Clock::TimerHandle> timers;
  for (int i = 0; i < kTimers; ++i) {
    timers.push_back(
        clock_->RunAfter(absl::Milliseconds(i % 5), [&] { ++ran; }));
  }
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (const Clock::TimerHandle timer : timers) {
        if (clock_->Cancel(timer)) ++cancelled;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // What was not cancelled has started, or is about to.
  std::promise<void> later;
  clock_->RunAfter(absl::Milliseconds(50), [&] { later.set_value(); });
  ASSERT_TRUE(Comes(&later));
  EXPECT_EQ(ran.load() + cancelled.load(), kTimers);
}

}  // namespace
}  // namespace loopy
