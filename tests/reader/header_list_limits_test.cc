#include "transport/reader/header_list_limits.h"

#include "gtest/gtest.h"

namespace loopy {
namespace {

// Catches: a limit that rejects a list of its size.
TEST(HeaderListLimitsTest, OneLimitIsInclusive) {
  HeaderListLimits limits(8192, absl::nullopt);
  EXPECT_EQ(limits.largest(), 8192u);
  EXPECT_TRUE(limits.Check(8192).ok());
  EXPECT_EQ(limits.Check(8193),
            absl::ResourceExhaustedError("received initial metadata size "
                                         "exceeds limit (8193 vs. 8192)"));
}

// gRPC 1.83's RandomEarlyDetection. Catches: a soft limit that rejects all or
// none, and a hard one that is inclusive.
TEST(HeaderListLimitsTest, BetweenTwoLimitsSomeAreRejected) {
  HeaderListLimits limits(16384, 8192);
  EXPECT_EQ(limits.largest(), 16383u);
  constexpr int kLists = 2000;
  int rejected = 0;
  for (int i = 0; i < kLists; ++i) {
    ASSERT_TRUE(limits.Check(8192).ok());
    ASSERT_EQ(limits.Check(16384),
              absl::ResourceExhaustedError("received metadata size exceeds "
                                           "hard limit (16384 vs. 16384)"));
    const absl::Status quarter = limits.Check(8192 + 2048);
    if (quarter.ok()) continue;
    ++rejected;
    EXPECT_EQ(quarter,
              absl::ResourceExhaustedError("received metadata size exceeds "
                                           "soft limit (10240 vs. 8192)"));
  }
  // 500 expected; six standard deviations (116) to both sides.
  EXPECT_GT(rejected, 384);
  EXPECT_LT(rejected, 616);
}

// Catches: a soft limit that takes the hard one's place.
TEST(HeaderListLimitsTest, ASoftLimitAboveTheHardOneChangesNothing) {
  HeaderListLimits limits(100, 1000);
  EXPECT_TRUE(limits.Check(99).ok());
  EXPECT_FALSE(limits.Check(100).ok());
}

// Catches: a largest list of 0 - 1.
TEST(HeaderListLimitsTest, NothingPassesALimitOfZero) {
  EXPECT_FALSE(HeaderListLimits(0, absl::nullopt).Check(42).ok());
  EXPECT_FALSE(HeaderListLimits(0, 0).Check(42).ok());
}

}  // namespace
}  // namespace loopy
