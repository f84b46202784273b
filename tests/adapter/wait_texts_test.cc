#include "transport/adapter/call/wait_texts.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loopy {
namespace {

// The keys are never dereferenced.
const void* Arena(size_t i) { return reinterpret_cast<const void*>(16 * i); }

TEST(WaitTextsTest, ATextIsTakenOnce) {
  WaitTexts texts;
  EXPECT_EQ(texts.Take(Arena(1)), "");
  texts.Put(Arena(1), "one");
  texts.Put(Arena(2), "two");
  texts.Put(Arena(1), "one again");
  EXPECT_EQ(texts.Take(Arena(1)), "one again");
  EXPECT_EQ(texts.Take(Arena(1)), "");
  EXPECT_EQ(texts.Take(Arena(2)), "two");
}

// Catches: texts that nobody takes and that pile up.
TEST(WaitTextsTest, ThereAreNeverMoreThanItsBound) {
  WaitTexts texts;
  for (size_t i = 1; i <= WaitTexts::kMax + 100; ++i) texts.Put(Arena(i), "x");
  size_t left = 0;
  for (size_t i = 1; i <= WaitTexts::kMax + 100; ++i) {
    if (!texts.Take(Arena(i)).empty()) ++left;
  }
  EXPECT_EQ(left, WaitTexts::kMax);
  EXPECT_EQ(texts.Take(Arena(WaitTexts::kMax + 100)), "");
}

}  // namespace
}  // namespace loopy
