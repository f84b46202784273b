#include "transport/connection/ping_tracker.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "transport/flow/bdp_estimator.h"

namespace loopy {
namespace {

TEST(PingTrackerTest, GivesEachCallbackBackOnce) {
  PingTracker pings;
  std::vector<int> ran;
  const uint64_t one =
      pings.Add([&](const absl::Status&) { ran.push_back(1); });
  const uint64_t two =
      pings.Add([&](const absl::Status&) { ran.push_back(2); });
  EXPECT_NE(one, two);
  PingTracker::Callback callback = pings.Take(two);
  ASSERT_TRUE(callback);
  callback(absl::OkStatus());
  EXPECT_FALSE(pings.Take(two));
  EXPECT_TRUE(pings.Take(one));
  EXPECT_EQ(ran, std::vector<int>{2});
}

TEST(PingTrackerTest, KnowsNoOtherPings) {
  PingTracker pings;
  EXPECT_FALSE(pings.Take(1));
  for (int i = 0; i < 1000; ++i) {
    const uint64_t opaque = pings.Add([](const absl::Status&) {});
    EXPECT_NE(opaque, 0u) << "keepalive's";
    EXPECT_NE(opaque, kBdpPingPayload);
  }
  EXPECT_FALSE(pings.Take(0));
  EXPECT_FALSE(pings.Take(kBdpPingPayload));
}

TEST(PingTrackerTest, TakesAll) {
  PingTracker pings;
  int failed = 0;
  uint64_t opaque = 0;
  for (int i = 0; i < 3; ++i) {
    opaque =
        pings.Add([&](const absl::Status& s) { failed += s.ok() ? 0 : 1; });
  }
  for (PingTracker::Callback& callback : pings.TakeAll()) {
    callback(absl::UnavailableError("closed"));
  }
  EXPECT_EQ(failed, 3);
  EXPECT_TRUE(pings.TakeAll().empty());
  EXPECT_FALSE(pings.Take(opaque));
}

}  // namespace
}  // namespace loopy
