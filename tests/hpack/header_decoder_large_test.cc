#include <string>

#include "gtest/gtest.h"
#include "tests/hpack/decode.h"
#include "tests/hpack/hex.h"
#include "transport/base/slice.h"
#include "transport/hpack/header_decoder.h"
#include "transport/hpack/header_encoder.h"

// These tests are about names and values above nghttp2's 64 KiB.

namespace loopy {
namespace {

constexpr size_t kLarge = 200000;

// Returns the value of a literal, not Huffman coded.
std::string LargeValue() {
  // 200,000 - 127 = 0x30cc1.
  return FromHex("7f c1 99 0c") + std::string(kLarge, 'v');
}

// nghttp2 fails on them, and the connection with it. Catches: fields before or
// after a large one that are lost or change places; a wrong name by index.
TEST(HeaderDecoderTest, AValueMayBeLargerThanNghttp2Takes) {
  HeaderDecoder decoder;
  DecodeOrDie(FromHex("4001 6101 31"), &decoder);  // a: 1, indexed
  HeaderList list;
  const std::string block = FromHex("88") + FromHex("10 01 6e") +
                            LargeValue() +                    // never indexed
                            FromHex("0f2f") + LargeValue() +  // name: 62, "a"
                            FromHex("be");
  const Http2Error error =
      decoder.Decode(SliceBuffer(Slice::FromCopy(block)), &list);
  ASSERT_TRUE(error.ok()) << error.ToString();
  const std::string value(kLarge, 'v');
  EXPECT_EQ(Show(list), ":status: 200\nn: " + value +
                            " (never indexed)\na: " + value + "\na: 1\n");
  EXPECT_EQ(DecodeOrDie(FromHex("be"), &decoder), "a: 1\n");
}

// Most servers use Huffman codes. Catches: a value that is not decoded.
TEST(HeaderDecoderTest, ALargeValueMayBeHuffmanCoded) {
  HeaderEncoder encoder;
  HeaderList headers;
  headers.Add(":status", "200");
  std::string text;
  for (size_t i = 0; i < kLarge; ++i) {
    text.push_back(static_cast<char>('a' + i * i % 26));
  }
  headers.Add("large", text);
  headers.Add("last", "one");
  std::string block;
  encoder.Encode(headers, &block);
  EXPECT_LT(block.size(), kLarge);
  EXPECT_GT(block.size(), 65536u);
  HeaderDecoder decoder;
  HeaderList list;
  const Http2Error error =
      decoder.Decode(SliceBuffer(Slice::FromCopy(block)), &list);
  ASSERT_TRUE(error.ok()) << error.ToString();
  EXPECT_EQ(list.Find("large"), text);
  EXPECT_EQ(list.Find("last"), "one");
  EXPECT_EQ(list.size(), 3u);
}

// RFC 7541 section 4.4 says so. Catches: a table that keeps entries that a
// large field has evicted, so that later blocks mean something else to the
// peer.
TEST(HeaderDecoderTest, ALargeFieldWithIndexingEmptiesTheTable) {
  for (const uint32_t table_size : {4096u, 127u, 100u}) {
    HeaderDecoder decoder(table_size);
    if (table_size != 4096) {
      DecodeOrDie(table_size == 127 ? FromHex("3f60") : FromHex("3f45"),
                  &decoder);  // the peer confirms the size
    }
    DecodeOrDie(FromHex("4001 6101 31"), &decoder);  // a: 1
    HeaderList list;
    const std::string block =
        FromHex("40 01 6e") + LargeValue() + FromHex("4001 6201 32");  // b: 2
    ASSERT_TRUE(
        decoder.Decode(SliceBuffer(Slice::FromCopy(block)), &list).ok());
    EXPECT_EQ(list.size(), 2u);
    EXPECT_EQ(DecodeOrDie(FromHex("be"), &decoder), "b: 2\n");
    EXPECT_FALSE(decoder.Decode(FromHex("bf"), true, &list).ok())
        << "a: 1 is still there";
  }
}

// Catches: a large field above the limit that ends more than its call, or that
// does not change the table.
TEST(HeaderDecoderTest, ALargeFieldAboveTheLimitIsDropped) {
  HeaderDecoder decoder;
  decoder.set_max_header_list_size(8192);
  HeaderList list;
  const std::string block = FromHex("88 4001 6101 31") +  // a: 1
                            FromHex("40 01 6e") + LargeValue() +
                            FromHex("4001 6201 32");
  ASSERT_TRUE(decoder.Decode(SliceBuffer(Slice::FromCopy(block)), &list).ok());
  EXPECT_TRUE(decoder.list_too_large());
  EXPECT_GT(decoder.list_size(), kLarge);
  EXPECT_EQ(Show(list), ":status: 200\na: 1\n");
  EXPECT_EQ(DecodeOrDie(FromHex("be"), &decoder), "b: 2\n");
  EXPECT_FALSE(decoder.list_too_large());
}

TEST(HeaderDecoderTest, ALargeBlockThatIsCutIsAnError) {
  HeaderDecoder decoder;
  HeaderList list;
  const std::string block = FromHex("10 01 6e") + LargeValue();
  EXPECT_EQ(decoder
                .Decode(SliceBuffer(
                            Slice::FromCopy(block.substr(0, block.size() - 1))),
                        &list)
                .code(),
            Http2ErrorCode::kCompressionError);
}

}  // namespace
}  // namespace loopy
