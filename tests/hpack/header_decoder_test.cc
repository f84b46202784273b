#include "transport/hpack/header_decoder.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/hpack/decode.h"
#include "tests/hpack/hex.h"
#include "tests/wire/frame_builder.h"
#include "transport/base/slice.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

struct Block {
  const char* hex;
  const char* list;
};

// The blocks of one connection.
struct Example {
  const char* name;
  uint32_t table_size;
  std::vector<Block> blocks;
};

void PrintTo(const Example& example, std::ostream* out) {
  *out << example.name;
}

// RFC 7541 appendix C has these examples.
const Example kExamples[] = {
    {"C2_1_LiteralWithIndexing",
     4096,
     {{"400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
       "custom-key: custom-header\n"},
      {"be", "custom-key: custom-header\n"}}},
    {"C2_2_LiteralWithoutIndexing",
     4096,
     {{"040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path\n"}}},
    {"C2_3_LiteralNeverIndexed",
     4096,
     {{"1008 7061 7373 776f 7264 0673 6563 7265 74",
       "password: secret (never indexed)\n"}}},
    {"C2_4_Indexed", 4096, {{"82", ":method: GET\n"}}},
    {"C3_RequestsWithoutHuffman",
     4096,
     {{"8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
       ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n"},
      {"8286 84be 5808 6e6f 2d63 6163 6865",
       ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n"
       "cache-control: no-cache\n"},
      {"8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 "
       "65",
       ":method: GET\n:scheme: https\n:path: /index.html\n"
       ":authority: www.example.com\ncustom-key: custom-value\n"}}},
    {"C4_RequestsWithHuffman",
     4096,
     {{"8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
       ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n"},
      {"8286 84be 5886 a8eb 1064 9cbf",
       ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n"
       "cache-control: no-cache\n"},
      {"8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
       ":method: GET\n:scheme: https\n:path: /index.html\n"
       ":authority: www.example.com\ncustom-key: custom-value\n"}}},
    // These have evictions.
    {"C5_ResponsesWithoutHuffman",
     256,
     {{"3fe1 01"  // the encoder signals 256, which is below the default
       "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 "
       "3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 "
       "7777 2e65 7861 6d70 6c65 2e63 6f6d",
       ":status: 302\ncache-control: private\n"
       "date: Mon, 21 Oct 2013 20:13:21 GMT\n"
       "location: https://www.example.com\n"},
      {"4803 3330 37c1 c0bf",
       ":status: 307\ncache-control: private\n"
       "date: Mon, 21 Oct 2013 20:13:21 GMT\n"
       "location: https://www.example.com\n"},
      {"88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 "
       "3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a "
       "584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 "
       "3630 303b 2076 6572 7369 6f6e 3d31",
       ":status: 200\ncache-control: private\n"
       "date: Mon, 21 Oct 2013 20:13:22 GMT\n"
       "location: https://www.example.com\ncontent-encoding: gzip\n"
       "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; "
       "version=1\n"}}},
    {"C6_ResponsesWithHuffman",
     256,
     {{"3fe1 01"
       "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 "
       "66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
       ":status: 302\ncache-control: private\n"
       "date: Mon, 21 Oct 2013 20:13:21 GMT\n"
       "location: https://www.example.com\n"},
      {"4883 640e ffc1 c0bf",
       ":status: 307\ncache-control: private\n"
       "date: Mon, 21 Oct 2013 20:13:21 GMT\n"
       "location: https://www.example.com\n"},
      {"88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a "
       "839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 "
       "72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
       ":status: 200\ncache-control: private\n"
       "date: Mon, 21 Oct 2013 20:13:22 GMT\n"
       "location: https://www.example.com\ncontent-encoding: gzip\n"
       "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; "
       "version=1\n"}}},
};

class Rfc7541Test : public testing::TestWithParam<Example> {};

TEST_P(Rfc7541Test, Decodes) {
  HeaderDecoder decoder(GetParam().table_size);
  for (const Block& block : GetParam().blocks) {
    EXPECT_EQ(DecodeOrDie(FromHex(block.hex), &decoder), block.list);
  }
}

// Fails if Decode finds the end wrongly, or goes on at a wrong position.
TEST_P(Rfc7541Test, ABlockMayBeCutAnywhere) {
  size_t longest = 0;
  for (const Block& block : GetParam().blocks) {
    longest = std::max(longest, FromHex(block.hex).size());
  }
  for (const std::vector<size_t>& cuts : EverySplit(longest)) {
    HeaderDecoder decoder(GetParam().table_size);
    for (const Block& block : GetParam().blocks) {
      const std::string bytes = FromHex(block.hex);
      std::vector<size_t> fitting;
      for (const size_t cut : cuts) {
        if (cut <= bytes.size()) fitting.push_back(cut);
      }
      SliceBuffer slices;
      for (SliceBuffer& piece : CutInto(bytes, fitting)) slices.Append(&piece);
      HeaderList list;
      const Http2Error error = decoder.Decode(slices, &list);
      ASSERT_TRUE(error.ok()) << error.ToString();
      ASSERT_EQ(Show(list), block.list);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AppendixC, Rfc7541Test, testing::ValuesIn(kExamples),
                         [](const auto& info) { return info.param.name; });

TEST(HeaderDecoderTest, AnEmptyBlockIsAnEmptyList) {
  HeaderDecoder decoder;
  HeaderList list;
  EXPECT_TRUE(decoder.Decode(SliceBuffer(), &list).ok());
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(DecodeOrDie(FromHex("82"), &decoder), ":method: GET\n");
}

TEST(HeaderDecoderTest, FieldsAreAddedToTheList) {
  HeaderDecoder decoder;
  HeaderList list;
  list.Add("before", "1");
  EXPECT_TRUE(decoder.Decode(FromHex("82"), true, &list).ok());
  EXPECT_EQ(Show(list), "before: 1\n:method: GET\n");
}

class BadBlockTest : public testing::TestWithParam<const char*> {};

TEST_P(BadBlockTest, EndsTheConnection) {
  const std::string bytes = FromHex(GetParam());
  for (const std::vector<size_t>& cuts : EverySplit(bytes.size())) {
    HeaderDecoder decoder;
    SliceBuffer block;
    for (SliceBuffer& piece : CutInto(bytes, cuts)) block.Append(&piece);
    HeaderList list;
    const Http2Error error = decoder.Decode(block, &list);
    ASSERT_EQ(error.scope(), Http2Error::Scope::kConnection);
    ASSERT_EQ(error.code(), Http2ErrorCode::kCompressionError);
    ASSERT_THAT(error.text(), HasSubstr("header block"));
    // The error sticks.
    ASSERT_EQ(decoder.Decode(FromHex("82"), true, &list).code(),
              Http2ErrorCode::kCompressionError);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BadBlockTest,
    testing::Values("80",                  // index 0
                    "be",                  // an index that the table lacks
                    "3fe21f",              // a table above the limit
                    "ffffffffffffffffff",  // an integer above 2^32
                    "400a6375",            // cut short
                    "0085f2b24a84ff874951fffffffa7f"  // EOS in a Huffman string
                    ));

// A decoder that announced a smaller table has to see it confirmed (RFC 7541
// section 4.2).
TEST(HeaderDecoderTest, ASmallerTableMustBeConfirmed) {
  HeaderList list;
  HeaderDecoder silent(0);
  EXPECT_EQ(silent.Decode(FromHex("82"), true, &list).code(),
            Http2ErrorCode::kCompressionError);
  HeaderDecoder confirmed(0);
  EXPECT_EQ(DecodeOrDie(FromHex("2082"), &confirmed), ":method: GET\n");
}

// A block that adds a field with a name and value of 4,000 bytes to the table,
// and the index of that field.
std::string LargeField() {
  return "\x40\x01n" + FromHex("7fa01e") + std::string(3999, 'v');
}
constexpr char kLargeFieldAgain = '\xbe';

// The inflated list may be a thousand times as large as the block ("HPACK
// bomb"). Fails if the limit is checked only after the block.
TEST(HeaderDecoderTest, TheLimitHoldsWhileABlockIsInflated) {
  HeaderDecoder decoder;
  decoder.set_max_header_list_size(10000);
  HeaderList list;
  const std::string bomb = LargeField() + std::string(16000, kLargeFieldAgain);
  ASSERT_TRUE(decoder.Decode(bomb, true, &list).ok());
  EXPECT_TRUE(decoder.list_too_large());
  EXPECT_EQ(list.size(), 2u);
  EXPECT_LE(list.hpack_size(), 10000u);
}

TEST(HeaderDecoderTest, AListOfTheLimitIsNotTooLarge) {
  // C.2.1: 10 + 13 + 32.
  const std::string block = FromHex(kExamples[0].blocks[0].hex);
  HeaderDecoder decoder;
  decoder.set_max_header_list_size(55);
  HeaderList list;
  ASSERT_TRUE(decoder.Decode(block, true, &list).ok());
  EXPECT_FALSE(decoder.list_too_large());
  EXPECT_EQ(list.hpack_size(), 55u);
  decoder.set_max_header_list_size(54);
  list.Clear();
  ASSERT_TRUE(decoder.Decode(block, true, &list).ok());
  EXPECT_TRUE(decoder.list_too_large());
  EXPECT_TRUE(list.empty());
}

// Catches: binary metadata that chttp2's limit allows, rejected for their size
// in base64, the first time or when the block is known.
TEST(HeaderDecoderTest, ABinaryValueCountsAsItWasBeforeBase64) {
  // "x-bin" with 40 bytes of base64, indexed; then its index alone.
  const std::string block = "\x40\x05x-bin\x28" + std::string(40, 'A');
  HeaderDecoder decoder;
  decoder.set_max_header_list_size(5 + 30 + 32);
  HeaderList list;
  for (const std::string& same : {block, FromHex("be"), FromHex("be")}) {
    list.Clear();
    ASSERT_TRUE(decoder.Decode(same, true, &list).ok());
    EXPECT_EQ(decoder.list_size(), 67u);
    EXPECT_FALSE(decoder.list_too_large());
    EXPECT_EQ(list.size(), 1u);
  }
  decoder.set_max_header_list_size(66);
  ASSERT_TRUE(decoder.Decode(block, true, &list).ok());
  EXPECT_TRUE(decoder.list_too_large());
}

// Fails if inflating stops at the limit: later fields would be missing in the
// table, and later blocks would mean something else.
TEST(HeaderDecoderTest, DroppedFieldsEnterTheTable) {
  HeaderDecoder decoder;
  decoder.set_max_header_list_size(100);
  HeaderList list;
  ASSERT_TRUE(decoder
                  .Decode(LargeField() + FromHex(kExamples[0].blocks[0].hex),
                          true, &list)
                  .ok());
  EXPECT_TRUE(decoder.list_too_large());
  EXPECT_EQ(DecodeOrDie("\xbe", &decoder), "custom-key: custom-header\n");
  EXPECT_FALSE(decoder.list_too_large());
}

// A small field after one that was too large is dropped, too. Otherwise the
// list would not be a prefix of the peer's.
TEST(HeaderDecoderTest, NothingIsAddedAfterTheLimit) {
  HeaderDecoder decoder;
  decoder.set_max_header_list_size(1000);
  HeaderList list;
  ASSERT_TRUE(
      decoder.Decode(FromHex("82") + LargeField() + FromHex("84"), true, &list)
          .ok());
  EXPECT_EQ(Show(list), ":method: GET\n");
}

TEST(HeaderDecoderTest, FragmentsCountTogether) {
  HeaderDecoder decoder;
  decoder.set_max_header_list_size(100);
  HeaderList list;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(decoder.Decode(FromHex("82"), i == 9, &list).ok());
  }
  EXPECT_TRUE(decoder.list_too_large());
  EXPECT_EQ(list.size(), 2u);  // 42 bytes each
}

// Catches: the known list of a block that is still used after another block has
// changed the table.
TEST(HeaderDecoderTest, TheSameIndicesFollowTheTable) {
  HeaderDecoder decoder;
  const std::string one = FromHex("4001 6101 31");  // a: 1, indexed
  const std::string two = FromHex("4001 6201 32");  // b: 2, indexed
  const std::string newest = FromHex("be");
  DecodeOrDie(one, &decoder);
  EXPECT_EQ(DecodeOrDie(newest, &decoder), "a: 1\n");
  EXPECT_EQ(DecodeOrDie(newest, &decoder), "a: 1\n");
  DecodeOrDie(two, &decoder);
  EXPECT_EQ(DecodeOrDie(newest, &decoder), "b: 2\n");
  EXPECT_EQ(DecodeOrDie(newest, &decoder), "b: 2\n");
}

// Catches: fields before the error of a wrong block that depend on whether the
// block came in one piece.
TEST(HeaderDecoderTest, CutsDoNotChangeAWrongBlock) {
  const std::string block = FromHex("82 c0");  // :method: GET, no such index
  HeaderDecoder whole;
  HeaderList at_once;
  EXPECT_FALSE(whole.Decode(block, true, &at_once).ok());
  HeaderDecoder cut;
  HeaderList in_parts;
  EXPECT_TRUE(cut.Decode(block.substr(0, 1), false, &in_parts).ok());
  EXPECT_FALSE(cut.Decode(block.substr(1), true, &in_parts).ok());
  EXPECT_EQ(Show(at_once), Show(in_parts));
  EXPECT_EQ(Show(at_once), ":method: GET\n");
}

// Catches: a limit that is not checked for a known block.
TEST(HeaderDecoderTest, TheLimitHoldsForRepeatedBlocks) {
  HeaderDecoder decoder;
  const std::string method = FromHex("83");
  DecodeOrDie(method, &decoder);
  decoder.set_max_header_list_size(10);
  EXPECT_EQ(DecodeOrDie(method, &decoder), "");
  EXPECT_TRUE(decoder.list_too_large());
  decoder.set_max_header_list_size(1000);
  EXPECT_EQ(DecodeOrDie(method, &decoder), ":method: POST\n");
  EXPECT_FALSE(decoder.list_too_large());
}

// Catches: a malformed list that passes when it comes again; a fault that
// outlives its block.
TEST(HeaderDecoderTest, AMalformedListIsMalformedEachTime) {
  HeaderDecoder decoder;
  // "upgrade: x" with indexing; then its index alone.
  DecodeOrDie(FromHex("4007 7570 6772 6164 65 01 78"), &decoder);
  EXPECT_THAT(decoder.fault(), HasSubstr("upgrade"));
  for (int i = 0; i < 3; ++i) {
    DecodeOrDie(FromHex("be"), &decoder);
    EXPECT_THAT(decoder.fault(), HasSubstr("upgrade"));
  }
  DecodeOrDie(FromHex("88"), &decoder);  // ":status: 200"
  EXPECT_EQ(decoder.fault(), "");
}

}  // namespace
}  // namespace loopy
