#include "transport/flow/receive_window.h"

#include <grpc/support/log.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "transport/base/http2_error.h"
#include "transport/flow/bdp_estimator.h"
#include "transport/flow/window.h"

namespace loopy {
namespace {

constexpr uint32_t kLimit = 1000;
constexpr uint32_t kQuarter = 250;
constexpr uint32_t kLargeLimit = 100000;

// ---- The connection's window

TEST(ConnectionReceiveWindowTest, UpdatesAtAQuarterOfTheLimit) {
  ConnectionReceiveWindow window(kLargeLimit);
  ASSERT_TRUE(window.OnData(kLargeLimit / 4 - 1).ok());
  EXPECT_EQ(window.MaybeUpdate(), 0u);
  ASSERT_TRUE(window.OnData(1).ok());
  EXPECT_EQ(window.MaybeUpdate(), kLargeLimit / 4);
  EXPECT_EQ(window.MaybeUpdate(), 0u) << "it counts as sent";
  EXPECT_EQ(window.value(), kLargeLimit);
}

TEST(ConnectionReceiveWindowTest, UpdatesBeforeABdpPing) {
  ConnectionReceiveWindow window(kLargeLimit);
  EXPECT_EQ(window.UpdateNow(), 0u);
  ASSERT_TRUE(window.OnData(1).ok());
  EXPECT_EQ(window.UpdateNow(), 1u);
  EXPECT_EQ(window.UpdateNow(), 0u);
}

TEST(ConnectionReceiveWindowTest, AnOverrunEndsTheConnection) {
  ConnectionReceiveWindow window;
  EXPECT_TRUE(window.OnData(65535).ok());
  EXPECT_TRUE(window.OnData(0).ok());
  const Http2Error error = window.OnData(1);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kFlowControlError);
}

// The peer may not know the limit yet. Catches: a window that starts at the
// limit, which a peer that keeps the rules overruns.
TEST(ConnectionReceiveWindowTest, ASmallLimitTakesEffectAsDataComes) {
  ConnectionReceiveWindow window(kLimit);
  EXPECT_TRUE(window.OnData(65535 - kLimit).ok());
  EXPECT_EQ(window.MaybeUpdate(), 0u);
  EXPECT_TRUE(window.OnData(kQuarter).ok());
  EXPECT_EQ(window.MaybeUpdate(), kQuarter);
  EXPECT_TRUE(window.OnData(kLimit).ok());
  EXPECT_FALSE(window.OnData(1).ok());
  EXPECT_EQ(window.MaybeUpdate(), kLimit);
}

TEST(ConnectionReceiveWindowTest, ALargerLimitIsSentAtOnce) {
  ConnectionReceiveWindow window(kLargeLimit);
  ASSERT_TRUE(window.OnData(10).ok());
  EXPECT_EQ(window.SetLimit(kLargeLimit + 5), 15u);
  EXPECT_EQ(window.SetLimit(kLargeLimit + 5), 0u);
  EXPECT_EQ(window.SetLimit(1), 0u);
  EXPECT_EQ(window.limit(), kLargeLimit + 5);
  EXPECT_EQ(window.value(), kLargeLimit + 5);
}

TEST(ConnectionReceiveWindowTest, NeverPassesTheLargestWindow) {
  ConnectionReceiveWindow window(std::numeric_limits<uint32_t>::max());
  EXPECT_EQ(window.value(), kMaxWindow);
  ASSERT_TRUE(window.OnData(kMaxWindow).ok());
  EXPECT_EQ(window.MaybeUpdate(), kMaxWindow);
  ConnectionReceiveWindow small;
  EXPECT_EQ(small.SetLimit(std::numeric_limits<uint32_t>::max()),
            kMaxWindow - kDefaultWindow);
}

TEST(ConnectionReceiveWindowTest, TheSmallestLimitsLetDataThrough) {
  for (const uint32_t limit : {1u, 2u, 3u}) {
    ConnectionReceiveWindow window(limit);
    ASSERT_TRUE(window.OnData(kDefaultWindow).ok());
    EXPECT_EQ(window.MaybeUpdate(), limit);
  }
}

// ---- A stream's window

TEST(StreamReceiveWindowTest, UpdatesAsTheApplicationReads) {
  StreamReceiveWindow window(kLimit);
  ASSERT_TRUE(window.OnData(1, kLimit).ok());
  EXPECT_EQ(window.OnRead(kQuarter - 1), 0u);
  EXPECT_EQ(window.OnRead(1), kQuarter);
  EXPECT_EQ(window.value(), kQuarter);
  EXPECT_EQ(window.OnRead(kLimit - kQuarter), kLimit - kQuarter);
  EXPECT_EQ(window.value(), kLimit);
}

TEST(StreamReceiveWindowTest, AnOverrunResetsTheStream) {
  StreamReceiveWindow window(kLimit);
  EXPECT_TRUE(window.OnData(5, kLimit).ok());
  const Http2Error error = window.OnData(5, 1);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kStream);
  EXPECT_EQ(error.stream_id(), 5u);
  EXPECT_EQ(error.code(), Http2ErrorCode::kFlowControlError);
  EXPECT_EQ(error.status_code(), absl::StatusCode::kInternal);
}

// Bytes that are read but not announced may not be sent either, because the
// peer counts increments. Catches: a window that grows with reads.
TEST(StreamReceiveWindowTest, ReadBytesMayBeSentAgainOnlyAfterTheUpdate) {
  StreamReceiveWindow window(kLimit);
  ASSERT_TRUE(window.OnData(1, kLimit).ok());
  EXPECT_EQ(window.OnRead(kQuarter - 1), 0u);
  EXPECT_FALSE(window.OnData(1, 1).ok());
}

TEST(StreamReceiveWindowTest, AMessageThatFitsNeedsNoGrant) {
  StreamReceiveWindow window(kLimit);
  EXPECT_EQ(window.GrantMessage(kLimit), 0u);
  ASSERT_TRUE(window.OnData(1, 600).ok());
  EXPECT_EQ(window.GrantMessage(kLimit - 600), 0u);
}

// Catches: a grant for the message alone, or one that counts bytes that have
// arrived. Its end, or the next message, would wait for a round trip.
TEST(StreamReceiveWindowTest, AWaitingMessageIsGrantedWhole) {
  constexpr uint32_t kMessage = 1000000;
  StreamReceiveWindow window(kLimit);
  ASSERT_TRUE(window.OnData(1, kLimit).ok());
  const uint32_t missing = kMessage - kLimit;
  EXPECT_EQ(window.GrantMessage(missing), missing + kLimit);
  EXPECT_EQ(window.GrantMessage(missing), 0u);
  for (uint32_t left = missing; left > 0; left -= 1000) {
    ASSERT_TRUE(window.OnData(1, 1000).ok());
    ASSERT_EQ(window.GrantMessage(left - 1000), 0u);
  }
  EXPECT_EQ(window.value(), kLimit);
  EXPECT_EQ(window.OnRead(kMessage), 0u) << "a whole limit is left";
  ASSERT_TRUE(window.OnData(1, kLimit).ok());
  EXPECT_FALSE(window.OnData(1, 1).ok());
}

// Padding counts for the window, and not for the message.
TEST(StreamReceiveWindowTest, AMessageInPaddedFramesComesThrough) {
  StreamReceiveWindow window(kLimit);
  uint32_t left = 10000;
  for (int frames = 0; left > 0; ++frames) {
    ASSERT_LT(frames, 1000);
    const uint32_t increment = window.GrantMessage(left);
    (void)increment;
    ASSERT_GT(window.value(), 0);
    const uint32_t frame = std::min(static_cast<uint32_t>(window.value()),
                                    2 * std::min(left, 50u));
    ASSERT_TRUE(window.OnData(1, frame).ok());
    window.OnRead(frame - frame / 2);  // padding
    left -= frame / 2;
  }
}

TEST(StreamReceiveWindowTest, ALargerLimitRaisesTheWindowWithoutAnUpdate) {
  StreamReceiveWindow window(kLimit);
  ASSERT_TRUE(window.OnData(1, kLimit).ok());
  window.SetLimit(2 * kLimit);
  EXPECT_EQ(window.value(), kLimit);
  EXPECT_TRUE(window.OnData(1, kLimit).ok());
  window.SetLimit(kLimit);
  EXPECT_EQ(window.limit(), 2 * kLimit);
  EXPECT_EQ(window.OnRead(2 * kLimit), 2 * kLimit);
}

// The peer adds a change of the initial window to its own window. Past 2^31-1
// it would have to end the connection, for our mistake. Catches: grants up to
// 2^31-1.
TEST(StreamReceiveWindowTest, AGrantLeavesSpaceForTheLargestLimit) {
  StreamReceiveWindow window(kLimit);
  const uint32_t increment =
      window.GrantMessage(std::numeric_limits<uint32_t>::max());
  EXPECT_EQ(increment, kMaxWindow - kMaxBdpWindow);
  window.SetLimit(kMaxBdpWindow);
  EXPECT_EQ(window.value(), kMaxWindow);
  EXPECT_EQ(window.GrantMessage(std::numeric_limits<uint32_t>::max()), 0u);
}

TEST(StreamReceiveWindowTest, ALimitOfTheLargestWindowWorks) {
  StreamReceiveWindow window(kMaxWindow);
  EXPECT_EQ(window.GrantMessage(std::numeric_limits<uint32_t>::max()), 0u);
  ASSERT_TRUE(window.OnData(1, kMaxWindow).ok());
  EXPECT_EQ(window.OnRead(kMaxWindow), kMaxWindow);
  EXPECT_EQ(StreamReceiveWindow(kMaxWindow + 1).value(), kMaxWindow);
}

TEST(StreamReceiveWindowTest, TheSmallestLimitsLetMessagesThrough) {
  for (const uint32_t limit : {0u, 1u, 3u}) {
    StreamReceiveWindow window(limit);
    EXPECT_EQ(window.GrantMessage(5), 5u);
    EXPECT_EQ(window.value(), 5 + limit);
    ASSERT_TRUE(window.OnData(1, 5).ok());
    EXPECT_EQ(window.OnRead(5), 0u);
    ASSERT_TRUE(window.OnData(1, limit).ok());
    EXPECT_EQ(window.OnRead(limit), limit);
  }
}

TEST(StreamReceiveWindowDeathTest, AViolatedPreconditionEndsTheProcess) {
  gpr_log_verbosity_init();  // otherwise a check logs nothing
  StreamReceiveWindow window(kLimit);
  ASSERT_TRUE(window.OnData(1, 10).ok());
  EXPECT_DEATH(window.OnRead(11), "unread_");
  EXPECT_DEATH(window.SetLimit(kMaxBdpWindow + 1), "kMaxBdpWindow");
}

// ---- Both against the peer's count, by the rules of RFC 9113

// Counts the peer's window as the peer does, in wide arithmetic.
class PeerCount {
 public:
  explicit PeerCount(int64_t initial) : value_(initial) {}
  void Sent(uint32_t n) {
    value_ -= n;
    ASSERT_GE(value_, 0);
  }
  void Update(int64_t increment) {
    value_ += increment;
    ASSERT_LE(value_, kMaxWindow);
  }
  int64_t value() const { return value_; }

 private:
  int64_t value_;
};

TEST(ReceiveWindowPropertyTest, ConnectionAgreesWithThePeer) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    uint32_t limit = static_cast<uint32_t>(random() >> (33 + random() % 25));
    ConnectionReceiveWindow window(limit);
    PeerCount peer(std::max(limit, kDefaultWindow));
    for (int i = 0; i < 2000; ++i) {
      const uint32_t n = static_cast<uint32_t>(
          random() % (static_cast<uint64_t>(peer.value()) + 1));
      ASSERT_TRUE(window.OnData(n).ok());
      peer.Sent(n);
      if (random() % 50 == 0) {
        limit = static_cast<uint32_t>(
            std::min<uint64_t>(limit + random() % 10000, kMaxWindow));
        peer.Update(window.SetLimit(limit));
      }
      peer.Update(random() % 20 == 0 ? window.UpdateNow()
                                     : window.MaybeUpdate());
      ASSERT_EQ(window.value(), peer.value());
      // The peer is never stuck: it may send more than three quarters.
      ASSERT_GE(window.value(), limit - limit / 4);
      ASSERT_LE(window.value(), std::max(limit, kDefaultWindow));
    }
    ASSERT_FALSE(window.OnData(static_cast<uint32_t>(peer.value()) + 1).ok());
  }
}

// The peer sends what it may of an endless sequence of messages, and the
// application reads now and then.
class StreamProperty {
 public:
  explicit StreamProperty(uint64_t seed)
      : random_(seed),
        limit_(static_cast<uint32_t>(random_() % 100000)),
        window_(limit_),
        peer_(limit_) {}

  void Step() {
    switch (random_() % 4) {
      case 0:
      case 1:
        Send();
        break;
      case 2:
        if (received_ >= message_) {
          Read();
        } else {
          Wait();
        }
        break;
      case 3:
        if (random_() % 20 == 0) Grow();
        break;
    }
    ASSERT_EQ(window_.value(), peer_.value());
    // Memory holds at most a limit and the message that is waited for.
    ASSERT_LE(received_ + window_.value(), int64_t{limit_} + largest_);
  }

  int messages() const { return messages_; }

 private:
  void Send() {
    const uint32_t n = static_cast<uint32_t>(
        random_() % (static_cast<uint64_t>(peer_.value()) + 1));
    ASSERT_TRUE(window_.OnData(1, n).ok());
    peer_.Sent(n);
    received_ += n;
  }
  void Read() {
    received_ -= message_;
    peer_.Update(window_.OnRead(message_));
    ++messages_;
    message_ = static_cast<uint32_t>(random_() % largest_) + 1;
  }
  void Wait() {
    const uint32_t missing = message_ - static_cast<uint32_t>(received_);
    peer_.Update(window_.GrantMessage(missing));
    ASSERT_GE(peer_.value(), missing) << "the peer can send all of it";
  }
  void Grow() {
    const uint32_t grown = limit_ + static_cast<uint32_t>(random_() % 1000);
    peer_.Update(grown - limit_);  // by SETTINGS
    window_.SetLimit(grown);
    limit_ = grown;
  }

  std::mt19937_64 random_;
  const uint32_t largest_ = 300000;
  uint32_t limit_;
  StreamReceiveWindow window_;
  PeerCount peer_;
  uint32_t message_ = 5;
  int64_t received_ = 0;  // but not read
  int messages_ = 0;
};

TEST(ReceiveWindowPropertyTest, StreamAgreesWithThePeer) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    StreamProperty property(seed);
    for (int i = 0; i < 5000; ++i) {
      property.Step();
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
    EXPECT_GT(property.messages(), 100) << "seed " << seed;
  }
}

}  // namespace
}  // namespace loopy
