#include "transport/connection/ping_policy.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "transport/base/connection_options.h"

// Each test catches a rule that is left out.

namespace loopy {
namespace {

constexpr bool kStreams = true;
constexpr bool kNoStreams = false;
constexpr absl::Duration kNone = absl::ZeroDuration();
constexpr absl::Duration kForever = absl::InfiniteDuration();

ConnectionOptions With(size_t without_data, absl::Duration interval,
                       size_t in_flight) {
  ConnectionOptions options;
  options.max_pings_without_data = without_data;
  options.ping_interval_without_data = interval;
  options.max_inflight_pings = in_flight;
  return options;
}

TEST(PingPolicyTest, PingsAreASecondApart) {
  PingPolicy policy{ConnectionOptions()};
  absl::Time now = absl::UnixEpoch();
  EXPECT_EQ(policy.Delay(now, kStreams, 0), kNone);
  policy.OnPingSent(now);
  now += absl::Milliseconds(300);
  EXPECT_EQ(policy.Delay(now, kStreams, 0), absl::Milliseconds(700));
  now += absl::Milliseconds(700);
  EXPECT_EQ(policy.Delay(now, kStreams, 0), kNone);
}

TEST(PingPolicyTest, DataThatComesEndsTheInterval) {
  PingPolicy policy{ConnectionOptions()};
  const absl::Time now = absl::UnixEpoch();
  policy.OnPingSent(now);
  policy.OnDataReceived();
  EXPECT_EQ(policy.Delay(now, kStreams, 0), kNone);
}

TEST(PingPolicyTest, WithoutStreamsPingsAreTwoHoursApart) {
  ConnectionOptions options;
  const absl::Time now = absl::UnixEpoch();
  PingPolicy policy(options);
  policy.OnPingSent(now);
  EXPECT_EQ(policy.Delay(now, kNoStreams, 0), absl::Hours(2));
  options.keepalive_permit_without_calls = true;
  PingPolicy permitted(options);
  permitted.OnPingSent(now);
  EXPECT_EQ(permitted.Delay(now, kNoStreams, 0), absl::Seconds(1));
}

TEST(PingPolicyTest, OneIsInFlight) {
  const PingPolicy policy{ConnectionOptions()};
  EXPECT_EQ(policy.Delay(absl::UnixEpoch(), kStreams, 1), kForever);
  const PingPolicy hundred(With(0, kForever, 100));
  EXPECT_EQ(hundred.Delay(absl::UnixEpoch(), kStreams, 99), kNone);
  EXPECT_EQ(hundred.Delay(absl::UnixEpoch(), kStreams, 100), kForever);
  const PingPolicy unlimited(With(0, kForever, 0));
  EXPECT_EQ(unlimited.Delay(absl::UnixEpoch(), kStreams, 1000000), kNone);
}

// gRPC 1.51's.
TEST(PingPolicyTest, AfterTwoPingsDataIsDue) {
  PingPolicy policy{ConnectionOptions()};
  absl::Time now = absl::UnixEpoch();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 2; ++i) {
      now += absl::Seconds(1);
      EXPECT_EQ(policy.Delay(now, kStreams, 0), kNone);
      policy.OnPingSent(now);
    }
    now += absl::Hours(24);
    EXPECT_EQ(policy.Delay(now, kStreams, 0), kForever);
    policy.OnDataReceived();
    EXPECT_EQ(policy.Delay(now, kStreams, 0), kForever) << "data of ours";
    policy.OnDataSent();
  }
}

// gRPC 1.83's.
TEST(PingPolicyTest, WithoutDataPingsMayBeSlow) {
  PingPolicy policy(With(1, absl::Minutes(1), 1));
  absl::Time now = absl::UnixEpoch();
  policy.OnPingSent(now);
  EXPECT_EQ(policy.Delay(now, kStreams, 0), absl::Minutes(1));
  EXPECT_EQ(policy.Delay(now, kNoStreams, 0), absl::Hours(2));
  policy.OnDataSent();
  EXPECT_EQ(policy.Delay(now, kStreams, 0), absl::Seconds(1));
}

TEST(PingPolicyTest, NoLimitWithoutData) {
  PingPolicy policy(With(0, kForever, 1));
  absl::Time now = absl::UnixEpoch();
  for (int i = 0; i < 1000; ++i) {
    policy.OnPingSent(now);
    now += absl::Seconds(1);
    EXPECT_EQ(policy.Delay(now, kStreams, 0), kNone);
  }
}

}  // namespace
}  // namespace loopy
