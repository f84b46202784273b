// The bug: this reads one element past a heap block.

#include <gtest/gtest.h>

#include <vector>

TEST(Canary, HeapOverflow) {
  volatile int size = 3;
  std::vector<int> v(size);
  int* p = v.data();
  EXPECT_NE(p[size], 12345);
}
