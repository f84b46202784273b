#include "transport/wire/frame_parser.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/wire/frame_builder.h"
#include "tests/wire/recording_frame_handler.h"

namespace loopy {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kCancel = Http2ErrorCode::kCancel;

// Returns one frame of each type, and with each flag.
FrameBuilder EveryFrame() {
  return FrameBuilder()
      .Settings({{0x4, 1048576}, {0x99, 7}})
      .SettingsAck()
      .Settings({})
      .Headers(1, "block", /*end_stream=*/false, /*end_headers=*/false)
      .Continuation(1, "more", /*end_headers=*/false)
      .Continuation(1, "last")
      .PaddedHeaders(3, "padded", 3, /*end_stream=*/true)
      .Headers(5, "")
      .Data(1, "hello")
      .Data(1, "")
      .PaddedData(1, "padded", 4)
      .PaddedData(1, "", 0, /*end_stream=*/true)
      .Data(3, std::string(300, 'x'), /*end_stream=*/true)
      .Priority(7)
      .RstStream(5, kCancel)
      .PushPromise(1, 2, "promise")
      .PaddedPushPromise(1, 4, "other", 2)
      .Ping(0x0123456789abcdef)
      .Ping(1, /*ack=*/true)
      .GoAway(0x7fffffff, Http2ErrorCode::kNoError, "bye")
      .GoAway(9, Http2ErrorCode::kEnhanceYourCalm)
      .WindowUpdate(0, 1)
      .WindowUpdate(1, 0x7fffffff)
      .Unknown(0xfa, 0xff, 0x7fffffff, "extension")
      .Ping(2);
}

std::string Hex(char c, size_t n) {
  return absl::StrCat("[", absl::BytesToHexString(std::string(n, c)), "]");
}

std::vector<std::string> EveryEvent() {
  return {
      "SETTINGS 0x4=1048576 0x99=7 [000400100000009900000007]",
      "SETTINGS ack",
      "SETTINGS",
      "HEADERS stream 1, 5 bytes, to be continued [626c6f636b]",
      "CONTINUATION stream 1, 4 bytes, to be continued [6d6f7265]",
      "CONTINUATION stream 1, 4 bytes [6c617374]",
      "HEADERS stream 3, 6 bytes, END_STREAM [706164646564]",
      "HEADERS stream 5, 0 bytes",
      "DATA stream 1, 5 bytes [68656c6c6f]",
      "DATA stream 1, 0 bytes",
      "DATA stream 1, 6 bytes + 5 of padding [706164646564]",
      "DATA stream 1, 0 bytes + 1 of padding, END_STREAM",
      "DATA stream 3, 300 bytes, END_STREAM " + Hex('x', 300),
      "PRIORITY stream 7",
      "RST_STREAM stream 5, CANCEL",
      "PUSH_PROMISE stream 1, promises 2, 7 bytes [70726f6d697365]",
      "PUSH_PROMISE stream 1, promises 4, 5 bytes [6f74686572]",
      "PING 0123456789abcdef",
      "PING 0000000000000001 ack",
      "GOAWAY last stream 2147483647, NO_ERROR, \"bye\" [627965]",
      "GOAWAY last stream 9, ENHANCE_YOUR_CALM, \"\"",
      "WINDOW_UPDATE stream 0, 1",
      "WINDOW_UPDATE stream 1, 2147483647",
      "PING 0000000000000002",
  };
}

TEST(FrameParserTest, EveryFrameType) {
  const ParseResult result = ParseWhole(EveryFrame().str());
  EXPECT_TRUE(result.error.ok()) << result.error.ToString();
  EXPECT_THAT(result.events, ElementsAreArray(EveryEvent()));
}

// Fails if Take forgets a piece, or a state forgets how much is left.
TEST(FrameParserTest, TheInputMayBeCutAnywhere) {
  const std::string bytes = EveryFrame().str();
  for (const std::vector<size_t>& cuts : EverySplit(bytes.size())) {
    const ParseResult result = ParsePieces(CutInto(bytes, cuts));
    ASSERT_TRUE(result.error.ok()) << result.error.ToString();
    ASSERT_THAT(result.events, ElementsAreArray(EveryEvent()))
        << cuts.size() << " cuts, first at " << cuts[0];
  }
}

TEST(FrameParserTest, ManySlicesInOneCall) {
  const std::string bytes = EveryFrame().str();
  std::mt19937 random(20260101);
  for (int round = 0; round < 200; ++round) {
    SliceBuffer input;
    for (size_t pos = 0; pos < bytes.size();) {
      const size_t n = std::min<size_t>(random() % 40, bytes.size() - pos);
      input.Append(HeapSlice(absl::string_view(bytes).substr(pos, n)));
      pos += n;
    }
    std::vector<SliceBuffer> pieces;
    pieces.push_back(std::move(input));
    const ParseResult result = ParsePieces(std::move(pieces));
    ASSERT_THAT(result.events, ElementsAreArray(EveryEvent())) << round;
  }
}

TEST(FrameParserTest, Http1TextLaterIsNoHttp1Response) {
  const ParseResult result =
      ParseWhole(FrameBuilder().Ping(1).Bytes("HTTP/1.1 200 OK\r\n").str());
  EXPECT_EQ(result.error.code(), Http2ErrorCode::kFrameSizeError);
  EXPECT_THAT(result.events, ElementsAre("PING 0000000000000001"));
}

TEST(FrameParserTest, TheConnectionGoesOnAfterAStreamError) {
  const std::string bytes = FrameBuilder()
                                .Frame(FrameType::kPriority, 0, 7, "123")
                                .WindowUpdate(5, 0)
                                .WindowUpdate(5, 0x80000000)
                                .Ping(1)
                                .str();
  for (const std::vector<size_t>& cuts : EverySplit(bytes.size())) {
    const ParseResult result = ParsePieces(CutInto(bytes, cuts));
    ASSERT_TRUE(result.error.ok()) << result.error.ToString();
    ASSERT_THAT(
        result.events,
        ElementsAre("error of stream 7 FRAME_SIZE_ERROR: PRIORITY frame of 3 "
                    "bytes",
                    "error of stream 5 PROTOCOL_ERROR: WINDOW_UPDATE frame "
                    "with increment 0",
                    "error of stream 5 PROTOCOL_ERROR: WINDOW_UPDATE frame "
                    "with increment 0",
                    "PING 0000000000000001"));
  }
}

TEST(FrameParserTest, TheReservedBitIsIgnored) {
  const ParseResult result =
      ParseWhole(FrameBuilder()
                     .Data(0x80000001, "x")
                     .Ping(1)
                     .GoAway(0x80000003, Http2ErrorCode::kNoError)
                     .WindowUpdate(0x80000000, 0x80000005)
                     .PushPromise(1, 0x80000002, "")
                     .str());
  EXPECT_TRUE(result.error.ok());
  EXPECT_THAT(
      result.events,
      ElementsAre("DATA stream 1, 1 bytes [78]", "PING 0000000000000001",
                  "GOAWAY last stream 3, NO_ERROR, \"\"",
                  "WINDOW_UPDATE stream 0, 5",
                  "PUSH_PROMISE stream 1, promises 2, 0 bytes"));
}

TEST(FrameParserTest, UnknownErrorCodesAreKept) {
  RecordingFrameHandler handler;
  FrameParser parser(&handler);
  SliceBuffer bytes =
      FrameBuilder().RstStream(1, Http2ErrorCode{0xfedcba98}).buffer();
  EXPECT_TRUE(parser.Parse(&bytes).ok());
  ASSERT_EQ(handler.frames.size(), 1u);
  EXPECT_EQ(std::get<RstStreamFrame>(handler.frames[0]).code,
            Http2ErrorCode{0xfedcba98});
}

TEST(FrameParserTest, TheFirstConnectionErrorSticks) {
  RecordingFrameHandler handler;
  FrameParser parser(&handler);
  SliceBuffer bytes = FrameBuilder().Data(0, "x").buffer();
  EXPECT_THAT(parser.Parse(&bytes).text(), HasSubstr("DATA frame without"));
  bytes = FrameBuilder().Headers(0, "x").Ping(1).buffer();
  EXPECT_THAT(parser.Parse(&bytes).text(), HasSubstr("DATA frame without"));
  EXPECT_TRUE(bytes.empty());
  EXPECT_THAT(handler.events, IsEmpty());
}

TEST(FrameParserTest, TheHandlersConnectionErrorStopsParsing) {
  RecordingFrameHandler handler;
  handler.answer = [](const Frame&) {
    return Http2Error::Connection(Http2ErrorCode::kEnhanceYourCalm, "enough");
  };
  FrameParser parser(&handler);
  SliceBuffer bytes = FrameBuilder().Ping(1).Ping(2).buffer();
  EXPECT_EQ(parser.Parse(&bytes).text(), "enough");
  SliceBuffer more = FrameBuilder().Ping(3).buffer();
  EXPECT_EQ(parser.Parse(&more).text(), "enough");
  EXPECT_THAT(handler.events, ElementsAre("PING 0000000000000001"));
}

TEST(FrameParserTest, TheHandlersStreamErrorGoesToOnStreamError) {
  RecordingFrameHandler handler;
  handler.answer = [](const Frame& frame) {
    if (!std::holds_alternative<DataFrame>(frame)) return Http2Error::Ok();
    return Http2Error::Stream(1, Http2ErrorCode::kFlowControlError,
                              absl::StatusCode::kInternal, "too much");
  };
  FrameParser parser(&handler);
  SliceBuffer bytes = FrameBuilder().PaddedData(1, "x", 9).Ping(2).buffer();
  EXPECT_TRUE(parser.Parse(&bytes).ok());
  EXPECT_THAT(handler.events,
              ElementsAre("DATA stream 1, 1 bytes + 10 of padding [78]",
                          "error of stream 1 FLOW_CONTROL_ERROR: too much",
                          "PING 0000000000000002"));
}

TEST(FrameParserTest, OurFrameSizeLimitHolds) {
  const std::string bytes =
      FrameBuilder().Data(1, std::string(20000, 'x')).str();
  EXPECT_EQ(ParseWhole(bytes).error.code(), Http2ErrorCode::kFrameSizeError);
  EXPECT_TRUE(ParseWhole(bytes, 20000).error.ok());
  EXPECT_FALSE(ParseWhole(bytes, 19999).error.ok());
}

// Fails if DATA is copied.
TEST(FrameParserTest, DataSharesTheBytesOfTheInput) {
  RecordingFrameHandler handler;
  FrameParser parser(&handler);
  const Slice slice =
      HeapSlice(FrameBuilder().Data(1, std::string(5000, 'x')).str());
  SliceBuffer bytes(slice);
  EXPECT_TRUE(parser.Parse(&bytes).ok());
  ASSERT_EQ(handler.frames.size(), 1u);
  const SliceBuffer& payload = std::get<DataFrame>(handler.frames[0]).payload;
  ASSERT_EQ(payload.slice_count(), 1u);
  EXPECT_EQ(payload.slice_view(0).data(), slice.view().data() + 9);
}

// 1,000 messages of 300 bytes, each in another read of 64 KiB, keep 64 MB alive
// if pieces of that size are shared.
TEST(FrameParserTest, MemoryFollowsTheBytesOfAPayload) {
  RecordingFrameHandler handler;
  FrameParser parser(&handler);
  bool released = false;
  SliceBuffer bytes(HeapSlice(FrameBuilder()
                                  .Data(1, std::string(300, 'x'))
                                  .Data(1, std::string(4000, 'x'))
                                  .Unknown(0xfa, 0, 0, std::string(16000, 'x'))
                                  .str(),
                              &released));
  EXPECT_TRUE(parser.Parse(&bytes).ok());
  ASSERT_EQ(handler.frames.size(), 2u);
  EXPECT_TRUE(released);
}

// Fails if small pieces are shared: a peer could keep much memory alive with
// few bytes.
TEST(FrameParserTest, SmallPayloadsDoNotKeepTheInputAlive) {
  RecordingFrameHandler handler;
  FrameParser parser(&handler);
  bool released = false;
  SliceBuffer bytes(
      HeapSlice(FrameBuilder()
                    .Data(1, std::string(FrameParser::kMinSharedPiece - 1, 'x'))
                    .Headers(3, "block")
                    .Unknown(0xfa, 0, 0, std::string(16000, 'x'))
                    .str(),
                &released));
  EXPECT_TRUE(parser.Parse(&bytes).ok());
  EXPECT_EQ(handler.frames.size(), 2u);
  EXPECT_TRUE(released);
}

// Fails if skipped bytes or padding are kept until the frame ends.
TEST(FrameParserTest, SkippedBytesAreNotKept) {
  const std::string frames[] = {
      FrameBuilder().Settings({}).Header(16384, FrameType{0xfa}, 0, 1).str(),
      FrameBuilder().Header(16384, FrameType::kGoAway, 0, 0).str() +
          std::string(8 + FrameParser::kMaxDebugData, 'x'),
      FrameBuilder().Header(255, FrameType::kData, 0x8, 1).str() + "\xfe"};
  for (const std::string& start : frames) {
    RecordingFrameHandler handler;
    FrameParser parser(&handler);
    SliceBuffer begin(HeapSlice(start));
    EXPECT_TRUE(parser.Parse(&begin).ok());
    bool released = false;
    SliceBuffer rest(HeapSlice(std::string(250, 'x'), &released));
    EXPECT_TRUE(parser.Parse(&rest).ok());
    EXPECT_TRUE(released);
  }
}

TEST(FrameParserTest, LongDebugDataIsCut) {
  const std::string bytes =
      FrameBuilder()
          .GoAway(1, Http2ErrorCode::kNoError, std::string(10000, 'd'))
          .Ping(1)
          .str();
  for (const size_t cut : {size_t{1}, size_t{4000}, size_t{9000}}) {
    RecordingFrameHandler handler;
    FrameParser parser(&handler);
    for (SliceBuffer& piece : CutInto(bytes, {cut})) {
      EXPECT_TRUE(parser.Parse(&piece).ok());
    }
    ASSERT_EQ(handler.frames.size(), 2u);
    EXPECT_EQ(std::get<GoAwayFrame>(handler.frames[0]).debug_data,
              std::string(FrameParser::kMaxDebugData, 'd'));
  }
}

}  // namespace
}  // namespace loopy
