#include "transport/wire/frame_writer.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/wire/frame_builder.h"
#include "tests/wire/recording_frame_handler.h"

namespace loopy {
namespace {

using ::testing::ElementsAreArray;

std::string Written(OutputBuffer* out) {
  SliceBuffer write;
  out->MoveTo(&write);
  return write.ToString();
}

SettingsFrame SomeSettings() {
  SettingsFrame frame;
  frame.settings = {{0x2, 0}, {0x4, 0x12345678}, {0xfe03, 1}};
  return frame;
}

void WriteOneOfEach(OutputBuffer* out) {
  SliceBuffer payload(HeapSlice("hello, world"));
  WriteSettings(SomeSettings(), out);
  WriteSettingsAck(out);
  WriteHeaders(1, /*end_stream=*/false, "block", kDefaultMaxFrameSize, out);
  WriteData(1, /*end_stream=*/false, &payload, 5, out);
  WriteData(1, /*end_stream=*/true, &payload, 7, out);
  WriteData(3, /*end_stream=*/true, &payload, 0, out);
  WriteRstStream(3, Http2ErrorCode::kCancel, out);
  WritePing(/*ack=*/false, 0x0123456789abcdef, out);
  WritePing(/*ack=*/true, 7, out);
  WriteWindowUpdate(0, 1, out);
  WriteWindowUpdate(1, 0x7fffffff, out);
  WriteGoAway(0, Http2ErrorCode::kNoError, "client transport shutdown", out);
}

FrameBuilder OneOfEach() {
  return FrameBuilder()
      .Settings({{0x2, 0}, {0x4, 0x12345678}, {0xfe03, 1}})
      .SettingsAck()
      .Headers(1, "block")
      .Data(1, "hello")
      .Data(1, ", world", /*end_stream=*/true)
      .Data(3, "", /*end_stream=*/true)
      .RstStream(3, Http2ErrorCode::kCancel)
      .Ping(0x0123456789abcdef)
      .Ping(7, /*ack=*/true)
      .WindowUpdate(0, 1)
      .WindowUpdate(1, 0x7fffffff)
      .GoAway(0, Http2ErrorCode::kNoError, "client transport shutdown");
}

TEST(FrameWriterTest, WritesTheBytesOfTheRfc) {
  OutputBuffer out;
  WriteOneOfEach(&out);
  EXPECT_EQ(Written(&out), OneOfEach().str());
}

TEST(FrameWriterTest, TheParserReadsTheWritersFrames) {
  OutputBuffer out;
  WriteOneOfEach(&out);
  const ParseResult result = ParseWhole(Written(&out));
  EXPECT_TRUE(result.error.ok()) << result.error.ToString();
  EXPECT_THAT(result.events,
              ElementsAreArray(ParseWhole(OneOfEach().str()).events));
}

TEST(FrameWriterTest, Preface) {
  OutputBuffer out;
  WritePreface(&out);
  EXPECT_EQ(Written(&out), FrameBuilder().Preface().str());
}

// Fails if the last frame is wrong for a block that just fits or just does not.
TEST(FrameWriterTest, ABlockIsSplitAtThePeersFrameSize) {
  const std::string block = "0123456789";
  const std::string whole =
      FrameBuilder().Headers(1, block, /*end_stream=*/true).str();
  for (const uint32_t limit : {10u, 11u, 16384u}) {
    OutputBuffer out;
    WriteHeaders(1, /*end_stream=*/true, block, limit, &out);
    EXPECT_EQ(Written(&out), whole) << limit;
  }
  OutputBuffer out;
  WriteHeaders(1, /*end_stream=*/true, block, 9, &out);
  EXPECT_EQ(Written(&out), FrameBuilder()
                               .Headers(1, "012345678", /*end_stream=*/true,
                                        /*end_headers=*/false)
                               .Continuation(1, "9")
                               .str());
  WriteHeaders(1, /*end_stream=*/false, block, 5, &out);
  EXPECT_EQ(Written(&out), FrameBuilder()
                               .Headers(1, "01234", /*end_stream=*/false,
                                        /*end_headers=*/false)
                               .Continuation(1, "56789")
                               .str());
}

TEST(FrameWriterTest, ALargeBlockComesBackWhole) {
  std::string block(100000, 'x');
  for (size_t i = 0; i < block.size(); ++i) {
    block[i] = static_cast<char>(i * 31);
  }
  OutputBuffer out;
  WriteHeaders(1, false, block, kDefaultMaxFrameSize, &out);
  RecordingFrameHandler handler;
  FrameParser parser(&handler);
  SliceBuffer write;
  out.MoveTo(&write);
  ASSERT_TRUE(parser.Parse(&write).ok());
  ASSERT_EQ(handler.frames.size(), 7u);
  std::string read =
      std::get<HeadersFrame>(handler.frames[0]).block_fragment.ToString();
  for (size_t i = 1; i < handler.frames.size(); ++i) {
    const auto& frame = std::get<ContinuationFrame>(handler.frames[i]);
    EXPECT_EQ(frame.end_headers, i == 6);
    read += frame.block_fragment.ToString();
  }
  EXPECT_EQ(read, block);
}

TEST(FrameWriterTest, AnEmptyBlockIsOneFrame) {
  OutputBuffer out;
  WriteHeaders(5, /*end_stream=*/true, "", kDefaultMaxFrameSize, &out);
  EXPECT_EQ(Written(&out),
            FrameBuilder().Headers(5, "", /*end_stream=*/true).str());
}

TEST(FrameWriterTest, DebugDataIsCutToAFrame) {
  OutputBuffer out;
  WriteGoAway(0, Http2ErrorCode::kInternalError, std::string(20000, 'd'), &out);
  EXPECT_EQ(Written(&out),
            FrameBuilder()
                .GoAway(0, Http2ErrorCode::kInternalError,
                        std::string(kDefaultMaxFrameSize - 8, 'd'))
                .str());
}

}  // namespace
}  // namespace loopy
