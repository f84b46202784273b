#include "transport/base/slice.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace loopy {
namespace {

// Makes slices that report when their bytes are freed.
Slice Counted(std::string* bytes, int* destroyed) {
  struct State {
    std::string* bytes;
    int* destroyed;
  };
  return Slice(grpc_slice_new_with_user_data(
      &(*bytes)[0], bytes->size(),
      [](void* p) {
        auto* state = static_cast<State*>(p);
        ++*state->destroyed;
        delete state;
      },
      new State{bytes, destroyed}));
}

class SliceTest : public testing::Test {
 protected:
  ~SliceTest() override { EXPECT_EQ(destroyed_, made_); }

  Slice Make() {
    ++made_;
    return Counted(&bytes_, &destroyed_);
  }

  std::string bytes_ = std::string(50, 'a') + std::string(50, 'b');
  int made_ = 0;
  int destroyed_ = 0;
};

// Each of these tests fails if a reference is lost or released twice, because
// the fixture counts them.
TEST_F(SliceTest, CopiesShareTheBytes) {
  const Slice a = Make();
  Slice b = a;
  EXPECT_EQ(b.data(), a.data());
  Slice c = std::move(b);
  EXPECT_EQ(c.data(), a.data());
  c = a;
  const Slice& self = c;
  c = self;
  EXPECT_EQ(c.view(), bytes_);
  c = Slice();
  EXPECT_TRUE(c.empty());
  EXPECT_EQ(destroyed_, 0);
}

TEST_F(SliceTest, TheLastReferenceFreesTheBytes) {
  Slice part;
  {
    const Slice whole = Make();
    part = whole.Sub(20, 80);
  }
  EXPECT_EQ(destroyed_, 0);
  EXPECT_EQ(part.view(), bytes_.substr(20, 60));
  part = Slice();
  EXPECT_EQ(destroyed_, 1);
}

TEST_F(SliceTest, ReleaseGivesTheReferenceAway) {
  Slice slice = Make();
  grpc_slice raw = slice.Release();
  EXPECT_TRUE(slice.empty());
  EXPECT_EQ(destroyed_, 0);
  grpc_slice_unref(raw);
  EXPECT_EQ(destroyed_, 1);
}

TEST_F(SliceTest, FromCopyAndFromStatic) {
  EXPECT_EQ(Slice::FromCopy(bytes_).view(), bytes_);
  EXPECT_NE(Slice::FromCopy(bytes_).data(),
            reinterpret_cast<const uint8_t*>(bytes_.data()));
  static constexpr char kText[] = "static bytes, more than are held inline";
  EXPECT_EQ(Slice::FromStatic(kText).data(),
            reinterpret_cast<const uint8_t*>(kText));
}

TEST_F(SliceTest, BuffersOwnTheirSlices) {
  SliceBuffer a;
  EXPECT_TRUE(a.empty());
  a.Append(Make());
  a.Append(Make());
  SliceBuffer b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(b.size(), 200u);
  EXPECT_EQ(b.slice_count(), 2u);
  SliceBuffer c(Make());
  c = std::move(b);
  EXPECT_EQ(destroyed_, 1);  // c's old bytes
  EXPECT_EQ(c.ToString(), bytes_ + bytes_);
  c.Swap(&a);
  EXPECT_TRUE(c.empty());
  a.Clear();
  EXPECT_EQ(destroyed_, 3);
}

TEST_F(SliceTest, BuffersMoveBytesWithoutCopying) {
  SliceBuffer from(Make());
  SliceBuffer to(Slice::FromCopy("first "));
  from.MoveFirst(60, &to);
  EXPECT_EQ(from.ToString(), bytes_.substr(60));
  EXPECT_EQ(to.ToString(), "first " + bytes_.substr(0, 60));
  EXPECT_EQ(to.slice_view(to.slice_count() - 1).data(), bytes_.data());
  to.Append(&from);
  EXPECT_TRUE(from.empty());
  EXPECT_EQ(to.size(), 106u);
}

TEST_F(SliceTest, FirstBytesAreMovedOrCopied) {
  SliceBuffer buffer;
  buffer.Append(Make());
  buffer.Append(Make());
  std::string copied(150, '\0');
  buffer.CopyAndRemoveFirst(150, &copied[0]);
  EXPECT_EQ(copied, bytes_ + bytes_.substr(0, 50));
  EXPECT_EQ(destroyed_, 1);
  EXPECT_EQ(buffer.size(), 50u);
  EXPECT_EQ(buffer.TakeFirst().view(), bytes_.substr(50));
  EXPECT_TRUE(buffer.empty());
}

}  // namespace
}  // namespace loopy
