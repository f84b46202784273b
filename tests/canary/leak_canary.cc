// The bug: this never frees a block.

#include <gtest/gtest.h>

TEST(Canary, Leak) {
  int* volatile p = new int(3);
  EXPECT_EQ(*p, 3);
  p = nullptr;
}
