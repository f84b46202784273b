#include "transport/connection/keepalive.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"

namespace loopy {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(1);

class KeepaliveTest : public testing::Test, public Keepalive::Observer {
 protected:
  // Time 10 s, timeout 3 s.
  void Start(bool any_streams, bool permit_without_calls = false) {
    ConnectionOptions options;
    options.keepalive_time = absl::Seconds(10);
    options.keepalive_timeout = absl::Seconds(3);
    options.keepalive_permit_without_calls = permit_without_calls;
    any_streams_ = any_streams;
    Start(options);
  }
  void Start(const ConnectionOptions& options) {
    keepalive_ = std::make_shared<Keepalive>(
        &clock_, options, std::weak_ptr<Keepalive::Observer>(self_));
    keepalive_->Start();
  }

  void TearDown() override {
    if (keepalive_ != nullptr) keepalive_->Stop();
    EXPECT_EQ(clock_.pending_timers(), 0u);
    const std::weak_ptr<Keepalive> keepalive = keepalive_;
    keepalive_.reset();
    EXPECT_TRUE(keepalive.expired());
  }

  bool HasStreams() override { return any_streams_; }
  void OnKeepalivePing() override {
    ++pings_;
    if (on_ping_) return on_ping_();
    keepalive_->OnPingSent();
  }
  void OnKeepaliveTimeout() override { ++timeouts_; }

  FakeClock clock_;
  // It owns nothing: the test does.
  std::shared_ptr<Keepalive::Observer> self_{this, [](Keepalive::Observer*) {}};
  std::shared_ptr<Keepalive> keepalive_;
  bool any_streams_ = false;
  int pings_ = 0;
  int timeouts_ = 0;
  std::function<void()> on_ping_;
};

TEST_F(KeepaliveTest, IsOffByDefault) {
  Start(ConnectionOptions());
  EXPECT_FALSE(keepalive_->enabled());
  keepalive_->OnStreamOpened();
  keepalive_->OnActivity();
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

TEST_F(KeepaliveTest, PingsAfterItsTime) {
  Start(/*any_streams=*/true);
  clock_.Advance(absl::Seconds(10) - kTick);
  EXPECT_EQ(pings_, 0);
  clock_.Advance(kTick);
  EXPECT_EQ(pings_, 1);
}

TEST_F(KeepaliveTest, GivesUpAfterItsTimeout) {
  Start(/*any_streams=*/true);
  clock_.Advance(absl::Seconds(13) - kTick);
  EXPECT_EQ(timeouts_, 0);
  clock_.Advance(kTick);
  EXPECT_EQ(timeouts_, 1);
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(timeouts_, 1) << "once";
  EXPECT_EQ(pings_, 1);
}

TEST_F(KeepaliveTest, AnyReadPutsThePingOff) {
  Start(/*any_streams=*/true);
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(absl::Seconds(9));
    keepalive_->OnActivity();
  }
  EXPECT_EQ(pings_, 0);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(pings_, 1);
}

TEST_F(KeepaliveTest, AnyReadAnswersThePing) {
  Start(/*any_streams=*/true);
  clock_.Advance(absl::Seconds(10));
  clock_.Advance(absl::Seconds(1));
  keepalive_->OnActivity();
  clock_.Advance(absl::Seconds(10) - kTick);
  EXPECT_EQ(timeouts_, 0);
  EXPECT_EQ(pings_, 1);
  clock_.Advance(kTick);
  EXPECT_EQ(pings_, 2) << "its time after the last read";
}

TEST_F(KeepaliveTest, SleepsWithoutStreams) {
  Start(/*any_streams=*/false);
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(pings_, 0);
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

TEST_F(KeepaliveTest, WakesWithAStreamAndPingsAtOnce) {
  Start(/*any_streams=*/false);
  clock_.Advance(absl::Seconds(100));
  any_streams_ = true;
  keepalive_->OnStreamOpened();
  EXPECT_EQ(pings_, 0) << "never inside OnStreamOpened";
  clock_.Advance(absl::ZeroDuration());
  EXPECT_EQ(pings_, 1);
}

TEST_F(KeepaliveTest, WakesOnce) {
  Start(/*any_streams=*/false);
  clock_.Advance(absl::Seconds(100));
  keepalive_->OnStreamOpened();
  keepalive_->OnStreamOpened();
  EXPECT_EQ(clock_.pending_timers(), 1u);
}

TEST_F(KeepaliveTest, MayPingWithoutStreams) {
  Start(/*any_streams=*/false, /*permit_without_calls=*/true);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(pings_, 1);
}

TEST_F(KeepaliveTest, NothingHappensAfterStop) {
  Start(/*any_streams=*/true);
  keepalive_->Stop();
  keepalive_->Stop();
  keepalive_->OnActivity();
  keepalive_->OnStreamOpened();
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(pings_ + timeouts_, 0);
}

TEST_F(KeepaliveTest, MayBeStoppedInsideItsPing) {
  Start(/*any_streams=*/true);
  on_ping_ = [this] { keepalive_->Stop(); };
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(pings_, 1);
  EXPECT_EQ(timeouts_, 0);
}

TEST_F(KeepaliveTest, ItsObserverMayGo) {
  Start(/*any_streams=*/true);
  self_.reset();
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(pings_ + timeouts_, 0);
}

class LongTimeoutTest : public KeepaliveTest {
 protected:
  LongTimeoutTest() {
    ConnectionOptions options;
    options.keepalive_time = absl::Seconds(1);
    options.keepalive_timeout = absl::Seconds(20);
    options.keepalive_permit_without_calls = true;
    Start(options);
  }
};

TEST_F(LongTimeoutTest, IsKept) {
  clock_.Advance(absl::Seconds(21) - kTick);
  EXPECT_EQ(timeouts_, 0);
  EXPECT_EQ(pings_, 1);
  clock_.Advance(kTick);
  EXPECT_EQ(timeouts_, 1);
}

// Catches: a ping that waits for the timeout of the one before, although that
// was answered.
TEST_F(LongTimeoutTest, DoesNotPutOffTheNextPing) {
  for (int i = 1; i <= 30; ++i) {
    clock_.Advance(absl::Seconds(1) - kTick);
    EXPECT_EQ(pings_, i - 1);
    clock_.Advance(kTick);
    EXPECT_EQ(pings_, i);
    keepalive_->OnActivity();
    clock_.Advance(absl::ZeroDuration());
  }
  EXPECT_EQ(timeouts_, 0);
}

// Catches: an answer that is seen only when the timeout is over.
TEST_F(LongTimeoutTest, ALateAnswerPutsThePingOffByItsTime) {
  clock_.Advance(absl::Milliseconds(5500));  // the ping was due at 1 s
  keepalive_->OnActivity();
  clock_.Advance(absl::Seconds(1) - kTick);
  EXPECT_EQ(pings_, 1);
  clock_.Advance(kTick);
  EXPECT_EQ(pings_, 2);
  clock_.Advance(absl::Seconds(20) - kTick);
  EXPECT_EQ(timeouts_, 0);
  clock_.Advance(kTick);
  EXPECT_EQ(timeouts_, 1) << "the timeout is the second ping's";
}

// Catches: a timeout that starts although the ping may not be sent yet.
TEST_F(KeepaliveTest, ThePingMayHaveToWait) {
  Start(/*any_streams=*/true);
  on_ping_ = [] {};
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(pings_, 1);
  EXPECT_EQ(timeouts_, 0);
  keepalive_->OnPingSent();
  clock_.Advance(absl::Seconds(3) - kTick);
  EXPECT_EQ(timeouts_, 0);
  clock_.Advance(kTick);
  EXPECT_EQ(timeouts_, 1);
}

}  // namespace
}  // namespace loopy
