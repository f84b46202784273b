#include "transport/wire/output_buffer.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/wire/frame_builder.h"

namespace loopy {
namespace {

void Append(absl::string_view bytes, OutputBuffer* out) {
  out->AppendCopy(bytes.data(), bytes.size());
}

std::string Written(OutputBuffer* out) {
  SliceBuffer write;
  out->MoveTo(&write);
  return write.ToString();
}

TEST(OutputBufferTest, SmallPiecesBecomeOneSlice) {
  OutputBuffer out;
  std::string expected;
  SliceBuffer payload(HeapSlice(std::string(150, 'p')));
  for (int i = 0; i < 30; ++i) {
    Append("header", &out);
    std::memcpy(out.Extend(3), "xyz", 3);
    out.AppendFrom(&payload, 5);
    expected += "headerxyzppppp";
  }
  EXPECT_EQ(out.size(), expected.size());
  SliceBuffer write;
  out.MoveTo(&write);
  EXPECT_EQ(write.slice_count(), 1u);
  EXPECT_EQ(write.ToString(), expected);
  EXPECT_EQ(out.size(), 0u);
  EXPECT_TRUE(payload.empty());
}

TEST(OutputBufferTest, LargePiecesAreShared) {
  OutputBuffer out;
  const Slice large = HeapSlice(std::string(20000, 'p'));
  SliceBuffer payload(large);
  Append("first", &out);
  out.AppendFrom(&payload, 16384);
  Append("second", &out);
  out.AppendFrom(&payload, payload.size());
  SliceBuffer write;
  out.MoveTo(&write);
  ASSERT_EQ(write.slice_count(), 4u);
  EXPECT_EQ(write.slice_view(1).data(), large.view().data());
  EXPECT_EQ(write.slice_view(3).data(), large.view().data() + 16384);
  EXPECT_EQ(write.ToString(), "first" + std::string(16384, 'p') + "second" +
                                  std::string(20000 - 16384, 'p'));
}

TEST(OutputBufferTest, SmallPiecesOfAPayloadAreCopied) {
  OutputBuffer out;
  bool released = false;
  SliceBuffer payload(HeapSlice(
      std::string(OutputBuffer::kMinSharedPiece - 1, 'p'), &released));
  out.AppendFrom(&payload, payload.size());
  EXPECT_TRUE(released);
  EXPECT_EQ(Written(&out), std::string(OutputBuffer::kMinSharedPiece - 1, 'p'));
}

TEST(OutputBufferTest, APieceOfTheMinimumIsShared) {
  OutputBuffer out;
  const Slice piece =
      HeapSlice(std::string(OutputBuffer::kMinSharedPiece, 'p'));
  SliceBuffer payload(piece);
  out.AppendFrom(&payload, piece.size());
  SliceBuffer write;
  out.MoveTo(&write);
  EXPECT_EQ(write.slice_view(0).data(), piece.view().data());
}

// Fails, by an assertion of gRPC's slices, if a block is overrun by a byte.
TEST(OutputBufferTest, ABlockIsFilledToItsEnd) {
  for (size_t first = 0; first < 4; ++first) {
    OutputBuffer out;
    out.AppendCopy(std::string(first, 'a').data(), first);
    std::memset(out.Extend(OutputBuffer::kBlockSize - 2), 'b',
                OutputBuffer::kBlockSize - 2);
    EXPECT_EQ(Written(&out),
              std::string(first, 'a') +
                  std::string(OutputBuffer::kBlockSize - 2, 'b'));
  }
}

// A message may have empty slices. Loops for ever if they are not removed.
TEST(OutputBufferTest, EmptySlicesOfAPayloadAreDropped) {
  OutputBuffer out;
  SliceBuffer payload;
  for (const char* bytes : {"", "", "ab", "", "cd", ""}) {
    payload.Append(HeapSlice(bytes));
  }
  out.AppendFrom(&payload, 3);
  out.AppendFrom(&payload, 1);
  EXPECT_EQ(Written(&out), "abcd");
}

TEST(OutputBufferTest, MoreThanABlockIsCopiedToo) {
  OutputBuffer out;
  std::string bytes(3 * OutputBuffer::kBlockSize + 17, 'x');
  for (size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i * 7);
  }
  Append("ab", &out);
  Append(bytes, &out);
  EXPECT_EQ(out.size(), bytes.size() + 2);
  EXPECT_EQ(Written(&out), "ab" + bytes);
}

// Fails if the block is used from its start again. The kernel or TLS may still
// read the last write.
TEST(OutputBufferTest, AWriteUnderWayIsNotTouched) {
  OutputBuffer out;
  SliceBuffer first;
  Append("first write, long enough to be shared", &out);
  out.MoveTo(&first);
  SliceBuffer second;
  Append("second write, long enough to be shared", &out);
  out.MoveTo(&second);
  EXPECT_EQ(first.ToString(), "first write, long enough to be shared");
  EXPECT_EQ(second.ToString(), "second write, long enough to be shared");
  // One block serves both.
  EXPECT_EQ(first.slice_view(0).data() + first.size(),
            second.slice_view(0).data());
}

TEST(OutputBufferTest, ClearDropsBytesThatWereNotMovedOut) {
  OutputBuffer out;
  SliceBuffer write;
  Append("moved out before the rest was dropped", &out);
  out.MoveTo(&write);
  SliceBuffer payload(HeapSlice(std::string(1000, 'p')));
  Append("dropped", &out);
  out.AppendFrom(&payload, 1000);
  Append("dropped", &out);
  out.Clear();
  EXPECT_EQ(out.size(), 0u);
  Append("kept", &out);
  EXPECT_EQ(Written(&out), "kept");
  EXPECT_EQ(write.ToString(), "moved out before the rest was dropped");
}

TEST(OutputBufferTest, MoveToAppends) {
  OutputBuffer out;
  SliceBuffer write(HeapSlice("earlier "));
  Append("later", &out);
  out.MoveTo(&write);
  EXPECT_EQ(write.ToString(), "earlier later");
}

// Whatever the order and the sizes, the bytes are those of a plain string.
TEST(OutputBufferTest, BehavesAsAString) {
  for (uint32_t seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    OutputBuffer out;
    std::string expected;
    char next = 'a';
    for (int step = 0; step < 100; ++step) {
      const size_t n = random() % (random() % 4 == 0 ? 6000 : 600);
      std::string bytes(n, next);
      next = next == 'z' ? 'a' : static_cast<char>(next + 1);
      switch (random() % 3) {
        case 0:
          Append(bytes, &out);
          break;
        case 1:
          bytes.resize(std::min(n, OutputBuffer::kBlockSize));
          std::copy(bytes.begin(), bytes.end(), out.Extend(bytes.size()));
          break;
        case 2: {
          SliceBuffer payload;
          payload.Append(HeapSlice(bytes));
          payload.Append(HeapSlice("0123456789"));
          bytes += "01234";
          out.AppendFrom(&payload, bytes.size());
          ASSERT_EQ(payload.ToString(), "56789");
          break;
        }
      }
      expected += bytes;
      ASSERT_EQ(out.size(), expected.size()) << "seed " << seed;
      if (random() % 8 == 0) {
        ASSERT_EQ(Written(&out), expected) << "seed " << seed;
        expected.clear();
      }
    }
  }
}

}  // namespace
}  // namespace loopy
