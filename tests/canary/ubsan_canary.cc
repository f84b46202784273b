// The bug: this overflows a signed integer.

#include <gtest/gtest.h>

#include <climits>

TEST(Canary, SignedOverflow) {
  volatile int n = INT_MAX;
  n = n + 1;
  EXPECT_LT(n, 0);
}
