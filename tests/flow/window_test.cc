#include "transport/flow/window.h"

#include <grpc/support/log.h>

#include <cstdint>
#include <limits>
#include <random>

#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(WindowTest, StartsWithTheDefault) {
  EXPECT_EQ(Window().value(), 65535);
  EXPECT_EQ(Window(0).available(), 0u);
  EXPECT_EQ(Window(kMaxWindow).available(), kMaxWindow);
}

// Catches: a bound of 2^31.
TEST(WindowTest, NeverPassesTheLargest) {
  Window window(kMaxWindow - 1);
  EXPECT_FALSE(window.Increase(2));
  EXPECT_EQ(window.value(), int64_t{kMaxWindow} - 1) << "unchanged";
  EXPECT_TRUE(window.Increase(1));
  EXPECT_FALSE(window.Increase(1));
  EXPECT_FALSE(window.Increase(std::numeric_limits<uint32_t>::max()));
  EXPECT_EQ(window.available(), kMaxWindow);
  EXPECT_TRUE(window.Increase(0));
}

// Catches: available() as a bare cast of a negative window.
TEST(WindowTest, MayBecomeNegative) {
  Window window(10);
  window.Decrease(10);
  EXPECT_TRUE(window.Shift(-100));
  EXPECT_EQ(window.value(), -100);
  EXPECT_EQ(window.available(), 0u);
  EXPECT_TRUE(window.Increase(99));
  EXPECT_EQ(window.available(), 0u);
  EXPECT_TRUE(window.Increase(2));
  EXPECT_EQ(window.available(), 1u);
}

TEST(WindowTest, NeverPassesTheSmallest) {
  Window window(0);
  EXPECT_TRUE(window.Shift(-int64_t{kMaxWindow}));
  EXPECT_FALSE(window.Shift(-1));
  EXPECT_EQ(window.value(), -int64_t{kMaxWindow});
  EXPECT_TRUE(window.Shift(2 * int64_t{kMaxWindow}));
  EXPECT_EQ(window.available(), kMaxWindow);
}

// Catches: a sum that is built before it is compared (ubsan).
TEST(WindowTest, NoShiftOverflows) {
  for (const uint32_t initial : {0u, 1u, kMaxWindow}) {
    Window window(initial);
    EXPECT_FALSE(window.Shift(std::numeric_limits<int64_t>::max()));
    EXPECT_FALSE(window.Shift(std::numeric_limits<int64_t>::min()));
    EXPECT_EQ(window.value(), initial);
  }
}

TEST(WindowDeathTest, AViolatedPreconditionEndsTheProcess) {
  gpr_log_verbosity_init();  // otherwise a check logs nothing
  EXPECT_DEATH(Window(kMaxWindow + 1), "kMaxWindow");
  Window window(5);
  EXPECT_DEATH(window.Decrease(6), "available");
}

TEST(WindowTest, AgreesWithWideArithmetic) {
  std::mt19937_64 random(1);
  constexpr int64_t kMax = kMaxWindow;
  Window window(65535);
  __int128 reference = 65535;
  // The sizes have every magnitude, so that the bounds are reached often.
  const auto size = [&random] {
    return static_cast<int64_t>(random() >> (random() % 33 + 31));
  };
  for (int i = 0; i < 200000; ++i) {
    const int64_t n = size();
    if (random() % 3 == 0) {
      const uint32_t part =
          static_cast<uint32_t>(n % (int64_t{window.available()} + 1));
      window.Decrease(part);
      reference -= part;
    } else {
      const int64_t delta = random() % 2 == 0 ? n : -n;
      const __int128 sum = reference + delta;
      const bool fits = sum <= kMax && sum >= -kMax;
      ASSERT_EQ(window.Shift(delta), fits);
      if (fits) reference = sum;
    }
    ASSERT_EQ(window.value(), static_cast<int64_t>(reference));
    ASSERT_EQ(window.available(),
              reference > 0 ? static_cast<uint32_t>(reference) : 0);
  }
}

}  // namespace
}  // namespace loopy
