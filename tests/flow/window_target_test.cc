#include "transport/flow/window_target.h"

#include <cstdint>

#include "absl/types/optional.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

constexpr uint32_t kWanted = 1 << 20;
constexpr uint32_t kHalfWay = (kWanted + kSmallestTargetWindow) / 2;

TEST(WindowTargetTest, IsTheWantedOneWhileThereIsMemory) {
  WindowTarget target(kWanted);
  EXPECT_EQ(target.window(), kWanted);
  EXPECT_EQ(target.Update(0), absl::nullopt);
  EXPECT_EQ(target.Update(0.5), absl::nullopt);
  target.SetWanted(2 * kWanted);
  EXPECT_EQ(target.Update(0.5), 2 * kWanted);
  EXPECT_EQ(target.window(), 2 * kWanted);
  target.SetWanted(kWanted);
  EXPECT_EQ(target.Update(0), absl::nullopt) << "it only grows";
}

// Catches: a window that ignores the pressure, or one that a full quota closes.
TEST(WindowTargetTest, ShrinksInProportionToThePressure) {
  WindowTarget target(kWanted);
  EXPECT_EQ(target.Update(0.75), kHalfWay);
  EXPECT_EQ(target.Update(1), kSmallestTargetWindow);
  EXPECT_EQ(target.Update(7), absl::nullopt);
}

// Catches: a window that stays small for good.
TEST(WindowTargetTest, GrowsAgainWhenThePressureFalls) {
  WindowTarget target(kWanted);
  EXPECT_EQ(target.Update(1), kSmallestTargetWindow);
  EXPECT_EQ(target.Update(0.75), kHalfWay);
  EXPECT_EQ(target.Update(0.5), kWanted);
}

// Catches: windows that grow past their old size while memory is short.
TEST(WindowTargetTest, WhatIsWantedUnderPressureWaits) {
  WindowTarget target(kDefaultWindow);
  target.SetWanted(kWanted);
  EXPECT_EQ(target.Update(0.51), absl::nullopt);
  EXPECT_EQ(target.Update(1), kSmallestTargetWindow);
  EXPECT_EQ(target.Update(0.5), kWanted);
}

// Catches: SETTINGS for each step of the pressure, or a last small step that is
// never made.
TEST(WindowTargetTest, ASmallChangeWaitsForALargerOne) {
  WindowTarget target(kWanted);
  EXPECT_EQ(target.Update(0.62), absl::nullopt);
  const absl::optional<uint32_t> window = target.Update(0.63);
  ASSERT_TRUE(window.has_value());
  EXPECT_LE(*window, kWanted / 4 * 3);
  EXPECT_EQ(target.Update(0.62), absl::nullopt);
  EXPECT_EQ(target.Update(0.5), kWanted);
  ASSERT_TRUE(target.Update(0.998).has_value());
  EXPECT_EQ(target.Update(0.999), absl::nullopt);
  EXPECT_EQ(target.Update(1), kSmallestTargetWindow);
}

// Catches: a shortage of memory that makes a window larger.
TEST(WindowTargetTest, ASmallWindowStaysAsItIs) {
  for (const uint32_t size : {0u, 1u, kSmallestTargetWindow}) {
    WindowTarget target(size);
    EXPECT_EQ(target.Update(1), absl::nullopt) << size;
  }
}

// Catches: a limit that the window of a stream with a large message would
// overflow with.
TEST(WindowTargetTest, GrowsBackToTheLargestThatTheEstimatorWants) {
  WindowTarget target(kMaxWindow);
  EXPECT_EQ(target.Update(0.5), absl::nullopt);
  EXPECT_EQ(target.Update(0.51, /*may_shrink=*/false), absl::nullopt);
  EXPECT_EQ(target.Update(1), kSmallestTargetWindow);
  EXPECT_EQ(target.Update(0), kMaxBdpWindow);
}

TEST(WindowTargetTest, MayBeKeptFromShrinking) {
  WindowTarget target(kWanted);
  EXPECT_EQ(target.Update(1, /*may_shrink=*/false), absl::nullopt);
  EXPECT_EQ(target.window(), kWanted);
  EXPECT_EQ(target.Update(1), kSmallestTargetWindow);
  EXPECT_EQ(target.Update(0, /*may_shrink=*/false), kWanted);
}

}  // namespace
}  // namespace loopy
