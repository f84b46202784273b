#include "transport/hpack/header_list.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

std::string Show(const HeaderList& list) {
  std::string text;
  for (const HeaderField field : list) {
    absl::StrAppend(&text, field.name, "=", field.value,
                    field.never_index ? "!" : "", ";");
  }
  return text;
}

TEST(HeaderListTest, KeepsOrderAndRepeats) {
  HeaderList list;
  EXPECT_TRUE(list.empty());
  list.Add("b", "1");
  list.Add("a", "", /*never_index=*/true);
  list.Add("", "2");
  list.Add("b", "3");
  EXPECT_EQ(Show(list), "b=1;a=!;=2;b=3;");
  EXPECT_EQ(list.size(), 4u);
}

TEST(HeaderListTest, FindsTheFirst) {
  HeaderList list;
  list.Add("a", "1");
  list.Add("b", "");
  list.Add("a", "2");
  EXPECT_EQ(list.Find("a"), "1");
  EXPECT_EQ(list.Find("b"), "");
  EXPECT_EQ(list.Find("A"), absl::nullopt);
}

// RFC 9113 section 6.5.2 counts name, value and 32 bytes for each field.
TEST(HeaderListTest, HpackSize) {
  HeaderList list;
  EXPECT_EQ(list.hpack_size(), 0u);
  list.Add("abc", "de");
  list.Add("", "");
  EXPECT_EQ(list.hpack_size(), 3u + 2u + 32u + 32u);
  list.Clear();
  EXPECT_EQ(list.hpack_size(), 0u);
  EXPECT_EQ(Show(list), "");
}

TEST(HeaderListTest, CopiesAndMovesAreWhole) {
  HeaderList list;
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    list.Add(absl::StrCat("name", i), std::string(i, 'v'), i % 3 == 0);
    absl::StrAppend(&expected, "name", i, "=", std::string(i, 'v'),
                    i % 3 == 0 ? "!" : "", ";");
  }
  HeaderList copy = list;
  HeaderList moved = std::move(list);
  moved.Add("x", "y");
  EXPECT_EQ(Show(copy), expected);
  EXPECT_EQ(Show(moved), expected + "x=y;");
}

TEST(HeaderListTest, MayBeUsedAgainAfterClear) {
  HeaderList list;
  list.Add("first", "value");
  list.Clear();
  list.Add("second", "other");
  EXPECT_EQ(Show(list), "second=other;");
}

}  // namespace
}  // namespace loopy
