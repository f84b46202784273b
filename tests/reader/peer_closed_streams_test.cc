#include "transport/reader/peer_closed_streams.h"

#include "gtest/gtest.h"

namespace loopy {
namespace {

using How = PeerClosedStreams::How;

// RFC 9113 section 5.1. Catches: one scope for both, and an id that is mixed up
// with its neighbour's.
TEST(PeerClosedStreamsTest, AFrameAfterTheEndIsAnError) {
  PeerClosedStreams closed;
  closed.Add(5, How::kEndStream);
  closed.Add(7, How::kReset);
  const Http2Error ended = closed.OnFrame(5);
  EXPECT_EQ(ended.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(ended.code(), Http2ErrorCode::kStreamClosed);
  const Http2Error reset = closed.OnFrame(7);
  EXPECT_EQ(reset.scope(), Http2Error::Scope::kStream);
  EXPECT_EQ(reset.stream_id(), 7u);
  EXPECT_EQ(reset.code(), Http2ErrorCode::kStreamClosed);
  EXPECT_TRUE(closed.OnFrame(3).ok());
}

// Catches: fewer streams than kKept that are remembered.
TEST(PeerClosedStreamsTest, TheOldestIsForgottenFirst) {
  PeerClosedStreams closed;
  for (uint32_t i = 0; i <= PeerClosedStreams::kKept; ++i) {
    closed.Add(2 * i + 1, How::kEndStream);
  }
  EXPECT_TRUE(closed.OnFrame(1).ok());
  EXPECT_FALSE(closed.OnFrame(3).ok());
}

// Catches: an entry that loses the id's highest bit.
TEST(PeerClosedStreamsTest, TheLargestIdFits) {
  PeerClosedStreams closed;
  closed.Add(0x7fffffff, How::kReset);
  EXPECT_EQ(closed.OnFrame(0x7fffffff).stream_id(), 0x7fffffffu);
}

}  // namespace
}  // namespace loopy
