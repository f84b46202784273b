#include "transport/reader/peer_limits.h"

#include "gtest/gtest.h"

namespace loopy {
namespace {

// Catches: no limit, or one that is off by one.
TEST(PeerLimitsTest, EmptyFramesInARowHaveALimit) {
  PeerLimits limits;
  for (uint32_t i = 0; i < PeerLimits::kMaxEmptyFrames; ++i) {
    ASSERT_TRUE(limits.OnEmptyFrame().ok());
  }
  const Http2Error error = limits.OnEmptyFrame();
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kEnhanceYourCalm);
}

// Catches: a count that goes on over useful frames.
TEST(PeerLimitsTest, AUsefulFrameStartsAnew) {
  PeerLimits limits;
  for (int round = 0; round < 3; ++round) {
    for (uint32_t i = 0; i < PeerLimits::kMaxEmptyFrames; ++i) {
      ASSERT_TRUE(limits.OnEmptyFrame().ok());
    }
    limits.OnUsefulFrame();
  }
}

// Catches: no limit, or one that is off by one.
TEST(PeerLimitsTest, AcksThatWaitHaveALimit) {
  const PeerLimits limits;
  EXPECT_TRUE(limits.OnAckOwed(PeerLimits::kMaxWaitingAcks).ok());
  const Http2Error error = limits.OnAckOwed(PeerLimits::kMaxWaitingAcks + 1);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kEnhanceYourCalm);
}

}  // namespace
}  // namespace loopy
