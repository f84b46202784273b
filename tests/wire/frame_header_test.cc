#include "transport/wire/frame_header.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/wire/frame_builder.h"

namespace loopy {
namespace {

const uint8_t* Bytes(const std::string& bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

TEST(FrameHeaderTest, EachFieldIsReadFromItsPlace) {
  const std::string bytes =
      FrameBuilder()
          .Header(0x010203, FrameType::kGoAway, 0x25, 0x04050607)
          .str();
  const FrameHeader header = ReadFrameHeader(Bytes(bytes));
  EXPECT_EQ(header.length, 0x010203u);
  EXPECT_EQ(header.type, FrameType::kGoAway);
  EXPECT_EQ(header.flags, 0x25);
  EXPECT_EQ(header.stream_id, 0x04050607u);
}

TEST(FrameHeaderTest, WritesTheBytesOfTheRfc) {
  uint8_t written[kFrameHeaderSize];
  WriteFrameHeader({0xfffefd, FrameType::kContinuation, 0x4, 0x7fffffff},
                   written);
  EXPECT_EQ(std::string(written, written + kFrameHeaderSize),
            std::string("\xff\xfe\xfd\x09\x04\x7f\xff\xff\xff", 9));
}

TEST(FrameHeaderTest, TheReservedBitIsDropped) {
  const std::string bytes =
      FrameBuilder().Header(0, FrameType::kData, 0, 0xffffffff).str();
  EXPECT_EQ(ReadFrameHeader(Bytes(bytes)).stream_id, kMaxStreamId);
}

TEST(FrameHeaderTest, ThePrefixFollowsFromTypeAndFlags) {
  const auto prefix = [](FrameType type, int flags) {
    return PrefixSize({100, type, static_cast<uint8_t>(flags), 1});
  };
  EXPECT_EQ(prefix(FrameType::kData, 0), 0u);
  EXPECT_EQ(prefix(FrameType::kData, kFlagPadded | kFlagPriority), 1u);
  EXPECT_EQ(prefix(FrameType::kHeaders, kFlagPriority), 5u);
  EXPECT_EQ(prefix(FrameType::kHeaders, kFlagPadded | kFlagPriority), 6u);
  EXPECT_EQ(prefix(FrameType::kPushPromise, 0), 4u);
  EXPECT_EQ(prefix(FrameType::kPushPromise, kFlagPadded), 5u);
  // These types have no such flags, so the bits mean nothing.
  EXPECT_EQ(prefix(FrameType::kContinuation, 0xff), 0u);
  EXPECT_EQ(prefix(FrameType{0xfa}, 0xff), 0u);
}

TEST(FrameHeaderTest, UnknownTypesHaveOnlyASizeLimit) {
  const FrameType unknown{0xfa};
  EXPECT_TRUE(CheckFrameHeader({16384, unknown, 0xff, 0}, 16384).ok());
  EXPECT_TRUE(CheckFrameHeader({0, unknown, 0, 7}, 16384).ok());
  EXPECT_FALSE(CheckFrameHeader({16385, unknown, 0, 7}, 16384).ok());
}

TEST(FrameHeaderTest, OnlyAWrongPriorityIsAStreamError) {
  const Http2Error error =
      CheckFrameHeader({4, FrameType::kPriority, 0, 7}, 16384);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kStream);
  EXPECT_EQ(error.stream_id(), 7u);
  EXPECT_EQ(error.code(), Http2ErrorCode::kFrameSizeError);
  EXPECT_EQ(CheckFrameHeader({4, FrameType::kPing, 0, 0}, 16384).scope(),
            Http2Error::Scope::kConnection);
}

}  // namespace
}  // namespace loopy
