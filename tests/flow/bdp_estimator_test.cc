#include "transport/flow/bdp_estimator.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transport/flow/window.h"

namespace loopy {
namespace {

constexpr absl::Duration kRoundTrip = absl::Milliseconds(10);
// With the default window, a ping goes out after this many bytes.
constexpr uint32_t kEnough = 16384;

class BdpEstimatorTest : public testing::Test {
 protected:
  // Lets `n` bytes arrive within one ping's round trip. Those before them make
  // the ping due.
  absl::optional<uint32_t> Measure(uint32_t n,
                                   absl::Duration round_trip = kRoundTrip) {
    estimator_.Add(4 * estimator_.window());
    EXPECT_TRUE(Ask(n));
    estimator_.TimeSnap(now_);
    now_ += round_trip;
    return estimator_.Calculate(now_);
  }

  // Adds `n` bytes, and puts the ping that is wanted.
  bool Ask(uint32_t n) {
    if (!estimator_.Add(n)) return false;
    estimator_.OnPingPut();
    return true;
  }

  BdpEstimator estimator_;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(BdpEstimatorTest, OnePingAtATime) {
  EXPECT_TRUE(Ask(kEnough));
  EXPECT_FALSE(estimator_.Add(1));
  estimator_.TimeSnap(now_);
  EXPECT_FALSE(estimator_.Add(kEnough));
  EXPECT_EQ(estimator_.Calculate(now_ + kRoundTrip), absl::nullopt);
  EXPECT_TRUE(Ask(2 * kEnough));
}

// Catches: a ping that may not be sent now and is never sent; or its delay
// counted as part of the round trip.
TEST_F(BdpEstimatorTest, APingThatMayNotBeSentIsAskedForAgain) {
  EXPECT_TRUE(estimator_.Add(kEnough));
  EXPECT_TRUE(estimator_.Add(100));
  now_ += absl::Seconds(1);
  EXPECT_EQ(Measure(50000), 100000u) << "earlier bytes do not count";
}

// Catches: a ping for every read, which doubled the writes of small calls; or
// one for each quarter of a window that is large enough.
TEST_F(BdpEstimatorTest, PingsThatFindTheWindowLargeEnoughBecomeRare) {
  std::vector<uint32_t> bytes_between;
  for (uint32_t bytes = 1; bytes_between.size() < 7; ++bytes) {
    if (!Ask(1)) continue;
    bytes_between.push_back(bytes);
    bytes = 0;
    estimator_.TimeSnap(now_);
    EXPECT_EQ(estimator_.Calculate(now_ + kRoundTrip), absl::nullopt);
  }
  constexpr uint32_t kQuarter = kDefaultWindow / 4;
  EXPECT_THAT(
      bytes_between,
      testing::ElementsAre(kQuarter, 2 * kQuarter, 4 * kQuarter, 8 * kQuarter,
                           16 * kQuarter, 16 * kQuarter, 16 * kQuarter));
}

// Catches: a window that lags behind a connection that has become quicker.
TEST_F(BdpEstimatorTest, PingsAreAsOftenAsAtFirstWhenTheWindowGrows) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Measure(1), absl::nullopt);
  EXPECT_EQ(Measure(50000), 100000u);
  EXPECT_FALSE(estimator_.Add(24999));
  EXPECT_TRUE(estimator_.Add(1)) << "a quarter of the window";
}

// Catches: a sample without the bytes that asked for the ping, or with those of
// the last round trip.
TEST_F(BdpEstimatorTest, TheWindowIsTwiceTheSample) {
  EXPECT_TRUE(Ask(20000));
  EXPECT_FALSE(estimator_.Add(20000));
  estimator_.TimeSnap(now_);
  EXPECT_FALSE(estimator_.Add(10000));
  now_ += kRoundTrip;
  EXPECT_EQ(estimator_.Calculate(now_), 100000u);
  EXPECT_EQ(estimator_.window(), 100000u);
  EXPECT_EQ(Measure(80000), 160000u);
}

// 0.66 of 65,535 is 43,253.1.
TEST_F(BdpEstimatorTest, ASampleBelowTwoThirdsChangesNothing) {
  EXPECT_EQ(Measure(43253), absl::nullopt);
  EXPECT_EQ(Measure(43254), 86508u);
}

// Catches: no comparison with the highest bandwidth. The same bytes in more
// time do not show a faster connection.
TEST_F(BdpEstimatorTest, ALowerBandwidthChangesNothing) {
  EXPECT_EQ(Measure(50000), 100000u);
  EXPECT_EQ(Measure(99000, 10 * kRoundTrip), absl::nullopt);
  EXPECT_EQ(estimator_.window(), 100000u);
}

// Round trips of 10 and 30 ms are 20 on average, so the second sample's
// bandwidth is exactly the first one's. With the newest alone it would be
// lower.
TEST_F(BdpEstimatorTest, TheFirstRoundTripsAreAveraged) {
  EXPECT_EQ(Measure(50000, absl::Milliseconds(10)), 100000u);
  EXPECT_EQ(Measure(100001, absl::Milliseconds(30)), 200002u);
}

// There are nine round trips of 10 ms and one of 110 ms. Their average is 100
// with grpc-go's alpha; evenly it would be 20.
TEST_F(BdpEstimatorTest, TheTenthRoundTripCountsMore) {
  EXPECT_EQ(Measure(50000), 100000u);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(Measure(25000), absl::nullopt);
  EXPECT_EQ(Measure(499000, absl::Milliseconds(110)), absl::nullopt);
  // The average is now 10.9 ms, and 10.09 ms with one more.
  for (int i = 0; i < 2; ++i) Measure(25000);
  EXPECT_EQ(Measure(67000), 134000u);
}

TEST_F(BdpEstimatorTest, StopsAtTheLargestWindow) {
  uint32_t sample = 50000;
  while (estimator_.window() < kMaxBdpWindow) {
    const absl::optional<uint32_t> window = Measure(sample);
    ASSERT_EQ(window, std::min(2 * sample, kMaxBdpWindow));
    sample = *window;
  }
  EXPECT_FALSE(estimator_.Add(sample)) << "the window cannot grow";
}

// Catches: a sample of 32 bits.
TEST_F(BdpEstimatorTest, ASampleOfManyGibibytesIsNotTruncated) {
  EXPECT_TRUE(Ask(kMaxWindow));
  EXPECT_FALSE(estimator_.Add(kMaxWindow));
  EXPECT_FALSE(estimator_.Add(12));  // 2^32 + 10 in all
  estimator_.TimeSnap(now_);
  EXPECT_EQ(estimator_.Calculate(now_ + kRoundTrip), kMaxBdpWindow);
}

TEST_F(BdpEstimatorTest, AWindowThatIsLargerFromTheStartStays) {
  BdpEstimator estimator(kMaxBdpWindow + 1);
  EXPECT_FALSE(estimator.Add(kMaxWindow));
  EXPECT_EQ(estimator.window(), kMaxBdpWindow + 1);
}

// A peer may acknowledge a ping that was never written.
TEST_F(BdpEstimatorTest, AnAckWithoutAPingChangesNothing) {
  EXPECT_EQ(estimator_.Calculate(now_), absl::nullopt);
  estimator_.TimeSnap(now_);  // another ping
  EXPECT_TRUE(Ask(50000));
  EXPECT_EQ(estimator_.Calculate(now_), absl::nullopt) << "not written yet";
  EXPECT_FALSE(estimator_.Add(1)) << "the ping is still to come";
  estimator_.TimeSnap(now_);
  EXPECT_EQ(estimator_.Calculate(now_ + kRoundTrip), 100002u);
  EXPECT_EQ(estimator_.Calculate(now_ + kRoundTrip), absl::nullopt);
}

// Catches: a bandwidth that is infinite or negative.
TEST_F(BdpEstimatorTest, ARoundTripOfNoTimeCountsAsAShortOne) {
  EXPECT_EQ(Measure(50000, absl::ZeroDuration()), 100000u);
  EXPECT_EQ(Measure(70000, -absl::Seconds(1)), 140000u);
}

}  // namespace
}  // namespace loopy
