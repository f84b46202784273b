#include "transport/base/intrusive_list.h"

#include <algorithm>
#include <list>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace loopy {
namespace {

struct Item {
  ListLinks<Item> links;
  ListLinks<Item> other_links;
};

using List = IntrusiveList<Item, &Item::links>;
using OtherList = IntrusiveList<Item, &Item::other_links>;

std::vector<const Item*> Contents(const List& list) {
  std::vector<const Item*> items;
  for (const Item* item = list.front(); item != nullptr;
       item = List::Next(item)) {
    items.push_back(item);
  }
  return items;
}

TEST(IntrusiveListTest, AnItemMayBeInTwoLists) {
  Item a, b;
  List list;
  OtherList other;
  list.PushBack(&a);
  list.PushBack(&b);
  other.PushBack(&b);
  other.PushBack(&a);
  list.Remove(&a);
  EXPECT_EQ(list.front(), &b);
  EXPECT_EQ(other.front(), &b);
  EXPECT_EQ(OtherList::Next(&b), &a);
  EXPECT_FALSE(List::Contains(&a));
  EXPECT_TRUE(OtherList::Contains(&a));
}

// Fails if a removal at the front, at the back or between leaves a link behind.
TEST(IntrusiveListTest, BehavesAsAList) {
  std::mt19937 random(7);
  std::vector<Item> items(8);
  List list;
  std::list<const Item*> expected;
  for (int step = 0; step < 5000; ++step) {
    Item* item = &items[random() % items.size()];
    if (List::Contains(item)) {
      list.Remove(item);
      expected.remove(item);
    } else {
      list.PushBack(item);
      expected.push_back(item);
    }
    ASSERT_EQ(Contents(list),
              std::vector<const Item*>(expected.begin(), expected.end()));
    ASSERT_EQ(list.empty(), expected.empty());
  }
}

}  // namespace
}  // namespace loopy
