#include "transport/reader/peer_closed_streams.h"

#include "gtest/gtest.h"

namespace loopy {
namespace {

// Catches: fewer streams than kKept that are remembered.
TEST(PeerClosedStreamsTest, TheOldestIsForgottenFirst) {
  PeerClosedStreams closed;
  for (uint32_t i = 0; i <= PeerClosedStreams::kKept; ++i)
    closed.Add(2 * i + 1);
  EXPECT_FALSE(closed.Contains(1));
  EXPECT_TRUE(closed.Contains(3));
}

}  // namespace
}  // namespace loopy
