#include "transport/flow/receive_window.h"

#include <grpc/support/log.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "transport/base/http2_error.h"
#include "transport/flow/bdp_estimator.h"
#include "transport/flow/window.h"

namespace loopy {
namespace {

constexpr uint32_t kLimit = 1000;
constexpr uint32_t kEighth = 125;
constexpr uint32_t kQuarter = 250;
constexpr uint32_t kLargeLimit = 100000;

// ---- The connection's window

TEST(ConnectionReceiveWindowTest, UpdatesAtAnEighthOfTheLimit) {
  ConnectionReceiveWindow window(kLargeLimit);
  ASSERT_TRUE(window.OnData(kLargeLimit / 8 - 1).ok());
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), 0u);
  ASSERT_TRUE(window.OnData(1).ok());
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), kLargeLimit / 8);
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), 0u) << "it counts as sent";
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
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), 0u);
  EXPECT_TRUE(window.OnData(kEighth).ok());
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), kEighth);
  EXPECT_TRUE(window.OnData(kLimit).ok());
  EXPECT_FALSE(window.OnData(1).ok());
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), kLimit);
}

TEST(ConnectionReceiveWindowTest, ALargerLimitIsSentAtOnce) {
  ConnectionReceiveWindow window(kLargeLimit);
  ASSERT_TRUE(window.OnData(10).ok());
  EXPECT_EQ(window.SetLimit(kLargeLimit + 5), 15u);
  EXPECT_EQ(window.SetLimit(kLargeLimit + 5), 0u);
  EXPECT_EQ(window.limit(), kLargeLimit + 5);
  EXPECT_EQ(window.value(), kLargeLimit + 5);
}

// A window cannot be taken back, only not given back. Catches: a limit that
// only grows; an update before the window is used up as far as the limit; a
// peer that is ended because it uses what it was given.
TEST(ConnectionReceiveWindowTest, ALowerLimitTakesEffectAsDataComes) {
  ConnectionReceiveWindow window(kLargeLimit);
  EXPECT_EQ(window.SetLimit(kLimit), 0u);
  EXPECT_EQ(window.value(), kLargeLimit);
  ASSERT_TRUE(window.OnData(kLargeLimit - kLimit + kEighth - 1).ok());
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), 0u);
  ASSERT_TRUE(window.OnData(1).ok());
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), kEighth);
  EXPECT_EQ(window.value(), kLimit);
  EXPECT_EQ(window.SetLimit(kLargeLimit), kLargeLimit - kLimit);
}

TEST(ConnectionReceiveWindowTest, NeverPassesTheLargestWindow) {
  ConnectionReceiveWindow window(std::numeric_limits<uint32_t>::max());
  EXPECT_EQ(window.value(), kMaxWindow);
  ASSERT_TRUE(window.OnData(kMaxWindow).ok());
  EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), kMaxWindow);
  ConnectionReceiveWindow small;
  EXPECT_EQ(small.SetLimit(std::numeric_limits<uint32_t>::max()),
            kMaxWindow - kDefaultWindow);
}

TEST(ConnectionReceiveWindowTest, TheSmallestLimitsLetDataThrough) {
  for (const uint32_t limit : {1u, 2u, 3u}) {
    ConnectionReceiveWindow window(limit);
    ASSERT_TRUE(window.OnData(kDefaultWindow).ok());
    EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), limit);
  }
}

// A stream may receive more than its limit, for a large message. Catches: a
// connection that lets such a message through in pieces of its limit, a round
// trip each; one whose window grows with each such message.
TEST(ConnectionReceiveWindowTest, ALargeMessageGetsThrough) {
  ConnectionReceiveWindow window(kLargeLimit);
  constexpr uint32_t kMessage = 1 << 20;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(window.OnData(100).ok());
    EXPECT_EQ(window.MaybeUpdate(kMessage), kMessage + 100);
    EXPECT_EQ(window.value(), kLargeLimit + kMessage);
    ASSERT_TRUE(window.OnData(kMessage / 2).ok());
    EXPECT_EQ(window.MaybeUpdate(kMessage / 2), 0u);
    ASSERT_TRUE(window.OnData(kMessage / 2).ok());
    EXPECT_EQ(window.MaybeUpdate(/*ahead=*/0), 0u);
    EXPECT_EQ(window.value(), kLargeLimit);
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
  EXPECT_EQ(window.SetLimit(2 * kLimit), 0u);
  EXPECT_EQ(window.value(), kLimit);
  EXPECT_TRUE(window.OnData(1, kLimit).ok());
  EXPECT_EQ(window.limit(), 2 * kLimit);
  EXPECT_EQ(window.OnRead(2 * kLimit), 2 * kLimit);
}

// Catches: a lower limit that makes an overrun of DATA which the peer sent
// before it knew the limit; one that is never enforced.
TEST(StreamReceiveWindowTest, ALowerLimitIsEnforcedWhenItIsAcknowledged) {
  StreamReceiveWindow window(kLargeLimit);
  EXPECT_EQ(window.SetLimit(kLimit), 0u);
  EXPECT_TRUE(window.OnData(1, kLargeLimit - 1).ok());
  EXPECT_EQ(window.OnLimitAcked(), 0u);
  EXPECT_EQ(window.value(), 1 - (int64_t{kLargeLimit} - kLimit))
      << "RFC 9113, 6.9.2";
  EXPECT_FALSE(window.OnData(1, 1).ok());
}

// Catches: updates that let a stream have its old window back.
TEST(StreamReceiveWindowTest, ALowerLimitCountsAtOnceForUpdates) {
  StreamReceiveWindow window(kLargeLimit);
  ASSERT_TRUE(window.OnData(1, kLargeLimit).ok());
  EXPECT_EQ(window.SetLimit(kLimit), 0u);
  EXPECT_EQ(window.OnRead(kLargeLimit - kLimit + kQuarter - 1),
            kLargeLimit - kLimit + kQuarter - 1)
      << "as much as the limit takes back";
  EXPECT_EQ(window.OnLimitAcked(), 0u);
  EXPECT_EQ(window.value(), kQuarter - 1);
  EXPECT_EQ(window.OnRead(kLimit - kQuarter + 1), kLimit - kQuarter + 1);
  EXPECT_EQ(window.value(), kLimit);
}

// Bytes that were read, but not returned, may be more than the new limit. The
// application waits for more, and nothing comes. Catches: no update then.
TEST(StreamReceiveWindowTest, ALowerLimitReturnsWhatWasHeldBack) {
  constexpr uint32_t kHeldBack = kLargeLimit / 4 - 1;
  StreamReceiveWindow window(kLargeLimit);
  ASSERT_TRUE(window.OnData(1, kHeldBack).ok());
  ASSERT_EQ(window.OnRead(kHeldBack), 0u);
  EXPECT_EQ(window.SetLimit(kLimit), kHeldBack);
  EXPECT_EQ(window.OnLimitAcked(), 0u);
  EXPECT_EQ(window.value(), kLimit);
}

// Catches: a grant that counts what a lower limit takes back. The message would
// never come whole.
TEST(StreamReceiveWindowTest, AMessageIsGrantedWholeUnderALowerLimit) {
  StreamReceiveWindow window(kLargeLimit);
  ASSERT_TRUE(window.OnData(1, kLargeLimit / 2).ok());
  EXPECT_EQ(window.SetLimit(kLimit), 0u);
  constexpr uint32_t kMissing = kLargeLimit / 4;
  const uint32_t increment = window.GrantMessage(kMissing);
  EXPECT_EQ(window.OnLimitAcked(), 0u);
  EXPECT_EQ(window.value(), kMissing + kLimit);
  EXPECT_EQ(increment, kLargeLimit / 2 + kMissing);
}

// Catches: a limit that goes up before the peer has acknowledged the lower one,
// and is then lowered by an acknowledgement.
TEST(StreamReceiveWindowTest, TheHigherOfTwoLimitsMayBeUsed) {
  StreamReceiveWindow window(kLimit);
  EXPECT_EQ(window.SetLimit(100), 0u);
  EXPECT_EQ(window.SetLimit(600), 0u);
  EXPECT_EQ(window.value(), kLimit);
  EXPECT_EQ(window.SetLimit(kLimit + 7), 0u);
  EXPECT_EQ(window.value(), kLimit + 7);
  EXPECT_EQ(window.OnLimitAcked(), 0u);
  EXPECT_EQ(window.value(), kLimit + 7);
}

// Catches: a stream whose first window counts as lowered, and so is enforced
// only when SETTINGS are acknowledged.
TEST(StreamReceiveWindowTest, AStreamStartsWithTheLimitOfItsTime) {
  StreamReceiveWindow window(kLargeLimit);
  window.Start(kLimit);
  EXPECT_EQ(window.value(), kLimit);
  EXPECT_EQ(window.SetLimit(kLargeLimit), 0u);
  EXPECT_EQ(window.value(), kLargeLimit);
}

// Catches: an increment that overflows the window of a peer which has not read
// the lower limit yet.
TEST(StreamReceiveWindowTest, AGrantFitsWithTheOldLimit) {
  StreamReceiveWindow window(kMaxWindow);
  ASSERT_TRUE(window.OnData(1, kLimit).ok());
  EXPECT_EQ(window.SetLimit(100), 0u);
  EXPECT_EQ(window.GrantMessage(5000), kLimit);
  EXPECT_EQ(window.value(), kMaxWindow);
  EXPECT_EQ(window.OnLimitAcked(), 0u);
  EXPECT_EQ(window.GrantMessage(5000), 5000u)
      << "it goes on with the acknowledgement";
}

// The peer adds a change of the initial window to its own window. Past 2^31-1
// it would have to end the connection, for our mistake. Catches: grants up to
// 2^31-1.
TEST(StreamReceiveWindowTest, AGrantLeavesSpaceForTheLargestLimit) {
  StreamReceiveWindow window(kLimit);
  const uint32_t increment =
      window.GrantMessage(std::numeric_limits<uint32_t>::max());
  EXPECT_EQ(increment, kMaxWindow - kMaxBdpWindow);
  EXPECT_EQ(window.SetLimit(kMaxBdpWindow), 0u);
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
  EXPECT_DEATH(window.Start(kMaxBdpWindow + 1), "kMaxBdpWindow");
}

}  // namespace
}  // namespace loopy
