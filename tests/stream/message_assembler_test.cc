#include "transport/stream/message_assembler.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/wire/frame_builder.h"

namespace loopy {
namespace {

constexpr size_t kNoLimit = std::numeric_limits<size_t>::max();

void Append(MessageAssembler* assembler, absl::string_view bytes) {
  SliceBuffer buffer(HeapSlice(bytes));
  assembler->Append(&buffer);
  EXPECT_TRUE(buffer.empty());
}

std::string Framed(absl::string_view bytes, bool compressed = false) {
  Message message;
  message.payload.Append(Slice::FromCopy(bytes));
  message.compressed = compressed;
  return FrameMessage(std::move(message)).ToString();
}

TEST(FrameMessageTest, IsFlagLengthAndPayload) {
  EXPECT_EQ(Framed(""), std::string("\0\0\0\0\0", 5));
  EXPECT_EQ(Framed("abc", true), std::string("\1\0\0\0\3abc", 8));
  EXPECT_EQ(Framed(std::string(0x010203, 'x')).substr(0, 5),
            std::string("\0\0\1\2\3", 5));
}

TEST(MessageAssemblerTest, CutsEverySplitIntoTheSameMessages) {
  const std::string bytes =
      Framed("one") + Framed("") + Framed("three", /*compressed=*/true);
  for (const std::vector<size_t>& cuts : EverySplit(bytes.size())) {
    MessageAssembler assembler(kNoLimit);
    std::vector<std::string> messages;
    std::vector<bool> compressed;
    for (SliceBuffer& piece : CutInto(bytes, cuts)) {
      assembler.Append(&piece);
      Message message;
      while (assembler.Next(&message)) {
        messages.push_back(message.payload.ToString());
        compressed.push_back(message.compressed);
      }
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"one", "", "three"}));
    EXPECT_EQ(compressed, (std::vector<bool>{false, false, true}));
    EXPECT_EQ(assembler.buffered(), 0u);
    EXPECT_TRUE(assembler.error().ok());
  }
}

TEST(MessageAssemblerTest, CountsTheMissingBytes) {
  MessageAssembler assembler(kNoLimit);
  Append(&assembler, std::string("\0\0\0\0", 4));
  EXPECT_EQ(assembler.missing(), 1u) << "of the prefix";
  EXPECT_EQ(assembler.buffered(), 4u);
  Append(&assembler, "\7ab");
  EXPECT_EQ(assembler.missing(), 5u);
  EXPECT_EQ(assembler.buffered(), 7u);
  EXPECT_FALSE(assembler.HasMessage());
  Append(&assembler, "cdefg");
  EXPECT_EQ(assembler.missing(), 0u);
  EXPECT_TRUE(assembler.HasMessage());
  EXPECT_EQ(assembler.buffered(), 12u);
}

TEST(MessageAssemblerTest, NextReplacesTheMessage) {
  MessageAssembler assembler(kNoLimit);
  Append(&assembler, Framed("one", true) + Framed("two"));
  Message message;
  EXPECT_TRUE(assembler.Next(&message));
  EXPECT_TRUE(assembler.Next(&message));
  EXPECT_EQ(message.payload.ToString(), "two");
  EXPECT_FALSE(message.compressed);
}

TEST(MessageAssemblerTest, AnUnknownFlagIsAnErrorThatSticks) {
  MessageAssembler assembler(kNoLimit);
  Append(&assembler,
         Framed("good") + std::string("\2\0\0\0\0", 5) + Framed("never"));
  Message message;
  EXPECT_TRUE(assembler.Next(&message));
  EXPECT_TRUE(assembler.error().ok());
  EXPECT_FALSE(assembler.Next(&message));
  EXPECT_EQ(assembler.error().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(assembler.Next(&message));
  EXPECT_FALSE(assembler.HasMessage());
}

TEST(MessageAssemblerTest, TheLimitIsOfThePayload) {
  MessageAssembler assembler(10);
  Append(&assembler, Framed("0123456789") + Framed("0123456789a"));
  Message message;
  EXPECT_TRUE(assembler.Next(&message));
  EXPECT_FALSE(assembler.Next(&message));
  EXPECT_EQ(assembler.error().code(), absl::StatusCode::kResourceExhausted);
}

TEST(MessageAssemblerTest, ALengthOfFourGigabytesIsAccepted) {
  MessageAssembler assembler(kNoLimit);
  Append(&assembler, std::string("\0\xff\xff\xff\xff.", 6));
  EXPECT_EQ(assembler.missing(), 0xfffffffeu);
  EXPECT_FALSE(assembler.HasMessage());
}

TEST(MessageAssemblerTest, ClearForgetsHalfAMessage) {
  MessageAssembler assembler(kNoLimit);
  Append(&assembler, std::string("\0\0\0\0\7ab", 7));
  EXPECT_FALSE(assembler.HasMessage());
  assembler.Clear();
  EXPECT_EQ(assembler.buffered(), 0u);
  Append(&assembler, Framed("new"));
  Message message;
  EXPECT_TRUE(assembler.Next(&message));
  EXPECT_EQ(message.payload.ToString(), "new");
}

// The message comes in single bytes. Memory follows the bytes, not the frames
// (CVE-2026-84304 in grpc-go). Catches: a slice of 32 bytes for each byte.
TEST(MessageAssemblerTest, TinyPiecesArePutTogether) {
  MessageAssembler assembler(kNoLimit);
  const std::string bytes = Framed(std::string(10000, 'x'));
  for (const char byte : bytes) {
    SliceBuffer buffer(Slice::FromCopy(absl::string_view(&byte, 1)));
    assembler.Append(&buffer);
  }
  Message message;
  ASSERT_TRUE(assembler.Next(&message));
  EXPECT_EQ(message.payload.size(), 10000u);
  EXPECT_LE(message.payload.slice_count(), 10000u / 16);
}

}  // namespace
}  // namespace loopy
