#include "transport/hpack/header_block_assembler.h"

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

constexpr uint32_t kLimit = 1000;

Http2Error Add(absl::string_view bytes, bool end_headers,
               HeaderBlockAssembler* assembler) {
  SliceBuffer fragment(Slice::FromCopy(bytes));
  return assembler->Add(&fragment, end_headers);
}

TEST(HeaderBlockAssemblerTest, FragmentsBecomeABlock) {
  HeaderBlockAssembler assembler(kLimit);
  EXPECT_TRUE(Add("one ", false, &assembler).ok());
  EXPECT_TRUE(Add("", false, &assembler).ok());
  EXPECT_FALSE(assembler.complete());
  EXPECT_TRUE(Add("two", true, &assembler).ok());
  EXPECT_TRUE(assembler.complete());
  EXPECT_EQ(assembler.block().ToString(), "one two");
}

TEST(HeaderBlockAssemblerTest, AWholeBlockIsFollowedByANewOne) {
  HeaderBlockAssembler assembler(kLimit);
  EXPECT_TRUE(Add("one", true, &assembler).ok());
  assembler.Clear();
  EXPECT_FALSE(assembler.complete());
  EXPECT_TRUE(Add("two", true, &assembler).ok());
  EXPECT_EQ(assembler.block().ToString(), "two");
  EXPECT_TRUE(Add("three", true, &assembler).ok());  // without Clear
  EXPECT_EQ(assembler.block().ToString(), "three");
}

// Fails if the limits count all blocks of a connection together.
TEST(HeaderBlockAssemblerTest, TheLimitsAreForOneBlock) {
  HeaderBlockAssembler assembler(kLimit);
  const std::string half(HeaderBlockAssembler::MaxBytes(kLimit) / 2, 'x');
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(Add(half, false, &assembler).ok());
    ASSERT_TRUE(Add(half, true, &assembler).ok());
    assembler.Clear();
  }
}

// The list is too large for its call, which is no reason to end the others.
// Catches: a bound that becomes small with a small limit.
TEST(HeaderBlockAssemblerTest, ABlockFarAboveTheLimitIsTaken) {
  HeaderBlockAssembler assembler(kLimit);
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(Add(std::string(16384, 'x'), false, &assembler).ok());
  }
  EXPECT_TRUE(Add("x", true, &assembler).ok());
}

TEST(HeaderBlockAssemblerTest, TooManyBytesEndTheConnection) {
  const size_t max = HeaderBlockAssembler::MaxBytes(kLimit);
  HeaderBlockAssembler assembler(kLimit);
  for (size_t sent = 0; sent < max;) {
    const size_t n = std::min<size_t>(16384, max - sent);
    ASSERT_TRUE(Add(std::string(n, 'x'), false, &assembler).ok());
    sent += n;
  }
  const Http2Error error = Add("x", false, &assembler);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kEnhanceYourCalm);
  EXPECT_EQ(assembler.block().size(), max);
}

// This is CVE-2024-27316. Fails if empty frames, or their number, do not count.
TEST(HeaderBlockAssemblerTest, AFloodOfFramesEndsTheConnection) {
  for (const char* fragment : {"", "x"}) {
    HeaderBlockAssembler assembler(kLimit);
    uint64_t accepted = 0;
    Http2Error error = Http2Error::Ok();
    while (error.ok() && accepted < 100000) {
      error = Add(fragment, false, &assembler);
      if (error.ok()) ++accepted;
    }
    EXPECT_EQ(error.code(), Http2ErrorCode::kEnhanceYourCalm);
    EXPECT_EQ(accepted, HeaderBlockAssembler::MaxFragments(kLimit));
  }
}

TEST(HeaderBlockAssemblerTest, NoLimitOnTheListIsNoOverflow) {
  EXPECT_GT(HeaderBlockAssembler::MaxBytes(0xffffffff), 0xffffffffu);
  HeaderBlockAssembler assembler(0xffffffff);
  EXPECT_TRUE(Add(std::string(1 << 20, 'x'), true, &assembler).ok());
}

}  // namespace
}  // namespace loopy
