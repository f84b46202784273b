#include "transport/hpack/header_encoder.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "transport/hpack/header_decoder.h"

namespace loopy {
namespace {

HeaderList Request(absl::string_view timeout) {
  HeaderList list;
  list.Add(":method", "POST");
  list.Add(":scheme", "http");
  list.Add(":path", "/grpc.testing.TestService/UnaryCall");
  list.Add(":authority", "localhost:50051");
  list.Add("te", "trailers");
  list.Add("content-type", "application/grpc");
  list.Add("user-agent", "grpc-c++/1.51.1 grpc-c/29.0.0 (linux; loopy)");
  list.Add("grpc-timeout", timeout);
  return list;
}

void ExpectSame(const HeaderList& got, const HeaderList& sent) {
  ASSERT_EQ(got.size(), sent.size());
  auto expected = sent.begin();
  for (const HeaderField field : got) {
    EXPECT_EQ(field.name, (*expected).name);
    EXPECT_EQ(field.value, (*expected).value);
    ++expected;
  }
}

std::string Encoded(const HeaderList& list, HeaderEncoder* encoder) {
  std::string block;
  encoder->Encode(list, &block);
  return block;
}

void ExpectRoundTrip(const HeaderList& sent, HeaderEncoder* encoder,
                     HeaderDecoder* decoder) {
  HeaderList got;
  const Http2Error error =
      decoder->Decode(Encoded(sent, encoder), /*end_block=*/true, &got);
  ASSERT_TRUE(error.ok()) << error.ToString();
  ExpectSame(got, sent);
}

TEST(HeaderEncoderTest, TheDecoderReadsTheEncodersBlocks) {
  HeaderEncoder encoder;
  HeaderDecoder decoder;
  for (int i = 0; i < 100; ++i) {
    ExpectRoundTrip(Request(absl::StrCat(i, "S")), &encoder, &decoder);
  }
  ExpectRoundTrip(HeaderList(), &encoder, &decoder);
}

TEST(HeaderEncoderTest, AppendsToTheBlock) {
  HeaderEncoder encoder;
  HeaderList list;
  list.Add(":method", "POST");
  std::string block = "before";
  encoder.Encode(list, &block);
  EXPECT_EQ(block, "before\x83");
}

// Fails if :path, or a timeout that came before, is a literal again.
TEST(HeaderEncoderTest, ARepeatedRequestIsOnlyIndices) {
  HeaderEncoder encoder;
  Encoded(Request("1S"), &encoder);
  Encoded(Request("1S"), &encoder);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Encoded(Request("1S"), &encoder).size(), Request("1S").size());
  }
}

TEST(HeaderEncoderTest, APathMayHaveAnyLength) {
  HeaderEncoder encoder;
  HeaderDecoder decoder;
  for (const size_t size : {1, 100, 512, 513, 3500, 5000}) {
    HeaderList list;
    list.Add(":path", "/" + std::string(size - 1, 'p'));
    ExpectRoundTrip(list, &encoder, &decoder);
    ExpectRoundTrip(list, &encoder, &decoder);
  }
}

// Fails if values that never come again enter the table and evict those that
// do.
TEST(HeaderEncoderTest, ValuesThatDoNotComeAgainLeaveTheTableAlone) {
  HeaderEncoder encoder;
  Encoded(Request("1S"), &encoder);
  const size_t usual = Encoded(Request("0000000u"), &encoder).size();
  for (int i = 0; i < 1000; ++i) {
    HeaderList list;
    list.Add("grpc-timeout", absl::StrCat(1000000 + i, "u"));  // once
    list.Add("grpc-trace-bin", absl::StrCat("AAAAAAAAAAAA", i));
    list.Add("traceparent", absl::StrCat("00-aaaaaaaaaaaa-", i));
    list.Add("x-long", std::string(600, 'x') + absl::StrCat(i));
    Encoded(list, &encoder);
  }
  EXPECT_EQ(Encoded(Request("0000000u"), &encoder).size(), usual);
}

TEST(HeaderEncoderTest, NeverIndexReachesThePeer) {
  HeaderEncoder encoder;
  HeaderDecoder decoder;
  HeaderList sent;
  sent.Add("secret", "value", /*never_index=*/true);
  sent.Add("open", "value");
  for (int i = 0; i < 2; ++i) {
    HeaderList got;
    ASSERT_TRUE(decoder.Decode(Encoded(sent, &encoder), true, &got).ok());
    EXPECT_TRUE((*got.begin()).never_index);
    EXPECT_FALSE((*++got.begin()).never_index);
  }
}

TEST(HeaderEncoderTest, IsWorthIndexing) {
  const auto worth = [](absl::string_view name, size_t value_size) {
    const std::string value(value_size, 'v');
    return HeaderEncoder::IsWorthIndexing({name, value, false});
  };
  EXPECT_TRUE(worth("user-agent", 512));
  EXPECT_FALSE(worth("user-agent", 513));
  EXPECT_FALSE(worth("grpc-tags-bin", 1));
  EXPECT_FALSE(worth("traceparent", 55));
  EXPECT_TRUE(worth("grpc-encoding", 4));
}

// A peer that allows no table gets none, and one that allows a huge table gets
// ours. Fails if the next block does not signal the change.
TEST(HeaderEncoderTest, ThePeersTableSizeIsRespected) {
  HeaderEncoder encoder;
  Encoded(Request("1S"), &encoder);
  encoder.SetMaxTableSize(0);
  HeaderDecoder without_table(0);
  ExpectRoundTrip(Request("1S"), &encoder, &without_table);
  const size_t size = Encoded(Request("1S"), &encoder).size();
  EXPECT_EQ(Encoded(Request("1S"), &encoder).size(), size);
  EXPECT_GT(size, 100u);
}

TEST(HeaderEncoderTest, AHugeTableOfThePeersIsNotUsed) {
  HeaderEncoder encoder;
  HeaderDecoder decoder;  // 4096
  encoder.SetMaxTableSize(0xffffffff);
  for (int i = 0; i < 1000; ++i) {
    HeaderList list;
    list.Add(absl::StrCat("name", i), std::string(100, 'v'));
    ExpectRoundTrip(list, &encoder, &decoder);
  }
}

// The size becomes smaller and larger again between two blocks. The encoder
// must signal the smallest one, because the peer has dropped what did not fit
// (RFC 7541 section 4.2).
TEST(HeaderEncoderTest, ATableThatWasSmallForAMomentWasEmptied) {
  HeaderEncoder encoder;
  HeaderDecoder decoder;
  ExpectRoundTrip(Request("1S"), &encoder, &decoder);
  encoder.SetMaxTableSize(0);
  encoder.SetMaxTableSize(4096);
  const std::string block = Encoded(Request("1S"), &encoder);
  EXPECT_EQ(block.substr(0, 4), "\x20\x3f\xe1\x1f");
  HeaderList got;
  ASSERT_TRUE(decoder.Decode(block, true, &got).ok());
  ExpectSame(got, Request("1S"));
}

TEST(HeaderEncoderTest, TheSameTableSizeIsNotSignalled) {
  HeaderEncoder encoder;
  encoder.SetMaxTableSize(4096);
  encoder.SetMaxTableSize(100000);
  HeaderList list;
  list.Add(":method", "POST");
  EXPECT_EQ(Encoded(list, &encoder), "\x83");
}

// Any list survives encoding and decoding, over blocks and table sizes.
TEST(HeaderEncoderTest, RandomLists) {
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    HeaderEncoder encoder;
    HeaderDecoder decoder;
    for (int block = 0; block < 60; ++block) {
      if (random() % 5 == 0) encoder.SetMaxTableSize(random() % 6000);
      HeaderList sent;
      const int fields = static_cast<int>(random() % 30);
      for (int i = 0; i < fields; ++i) {
        std::string value(random() % 3 == 0 ? random() % 3000 : random() % 20,
                          '\0');
        std::generate(value.begin(), value.end(),
                      [&] { return static_cast<char>(random()); });
        sent.Add(absl::StrCat("name", random() % 40), value, random() % 5 == 0);
      }
      ExpectRoundTrip(sent, &encoder, &decoder);
      ASSERT_FALSE(HasFailure()) << "seed " << seed << " block " << block;
    }
  }
}

TEST(HeaderEncoderTest, ARepeatedBeginningCostsItsIndices) {
  HeaderEncoder encoder;
  Encoded(Request("1S"), &encoder);
  const std::string second = Encoded(Request("2S"), &encoder);
  const std::string third = Encoded(Request("3S"), &encoder);
  EXPECT_EQ(second.size(), third.size());
  const size_t repeated = Request("2S").size() - 1;
  EXPECT_EQ(second.substr(0, repeated), third.substr(0, repeated));
}

// Catches: bytes that are still used after the table has changed, by new
// fields, evictions or its size.
TEST(HeaderEncoderTest, RepeatedBeginningsAreRightWhateverTheTableDoes) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    HeaderEncoder encoder;
    HeaderDecoder decoder;
    for (int i = 0; i < 300; ++i) {
      if (random() % 50 == 0) {
        encoder.SetMaxTableSize(static_cast<uint32_t>(random() % 5) * 512);
      }
      HeaderList list = Request(absl::StrCat(random() % 1000, "m"));
      HeaderList other;
      other.Add(":method", "POST");
      other.Add(":path", absl::StrCat("/service/Method", random() % 6));
      other.Add("x-tenant", absl::StrCat(random() % 3));
      other.Add("grpc-timeout", "5S");
      if (random() % 20 == 0) {
        other.Add("x-rare", std::string(random() % 600, 'r'));
      }
      ExpectRoundTrip(random() % 2 == 0 ? list : other, &encoder, &decoder);
    }
  }
}

}  // namespace
}  // namespace loopy
