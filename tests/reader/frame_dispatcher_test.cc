#include "transport/reader/frame_dispatcher.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/stream/stream_fixture.h"
#include "tests/wire/frame_builder.h"
#include "transport/hpack/header_encoder.h"

namespace loopy {
namespace {

// A connection with stream 1 open, 3 ended, 5 never opened.
class FrameDispatcherTest : public testing::Test, public FrameObserver {
 protected:
  FrameDispatcherTest() {
    ConnectionOptions options;
    options.stream_window = 1 << 20;
    stream_ = std::make_shared<Stream>(owner_, &buffer_, &owner_->fake_clock,
                                       options);
    stream_->Start(HeaderList(), absl::InfiniteFuture(), call_);
    EXPECT_TRUE(Parse(FrameBuilder().Settings({})).ok());
    if (auto opened = TakePut()->TakeStream()) opened->TakeWork();
    said_.clear();
  }
  void TearDown() override {
    stream_->Cancel(absl::CancelledError("end of test"));
  }

  Http2Error Parse(const FrameBuilder& frames) {
    SliceBuffer bytes = frames.buffer();
    return parser_.Parse(&bytes);
  }
  std::unique_ptr<ControlBatch> TakePut() {
    auto batch = std::make_unique<ControlBatch>();
    if (buffer_.MaybeBecomeWriter()) {
      buffer_.Take(/*more=*/false, batch.get());
      ControlBatch nothing;
      buffer_.Take(/*more=*/false, &nothing);
    }
    return batch;
  }
  std::string Block(const HeaderList& headers) {
    std::string block;
    encoder_.Encode(headers, &block);
    return block;
  }

  // ---- FrameObserver
  std::shared_ptr<Stream> FindStream(uint32_t id, bool* was_opened) override {
    *was_opened = id == 1 || id == 3;
    return id == 1 && !call_->ended() ? stream_ : nullptr;
  }
  Http2Error OnPeerSettings(const SettingsFrame&) override {
    said_.push_back("settings");
    return answer_;
  }
  void OnSettingsAck() override { said_.push_back("settings ack"); }
  Http2Error OnGoAway(const GoAwayFrame& frame) override {
    said_.push_back("goaway " + frame.debug_data);
    return answer_;
  }
  void OnPingAck(uint64_t opaque) override {
    said_.push_back("ping ack " + std::to_string(opaque));
  }
  void OnHeadersFrame() override {}
  bool OnDataBytes(uint32_t n) override {
    data_bytes_ += n;
    return pings_;
  }

  using Strings = std::vector<std::string>;

  const std::shared_ptr<RecordingOwner> owner_ =
      std::make_shared<RecordingOwner>();
  const std::shared_ptr<RecordingCall> call_ =
      std::make_shared<RecordingCall>();
  std::shared_ptr<Stream> stream_;
  ControlBuffer buffer_;
  HeaderEncoder encoder_;
  FrameDispatcher dispatcher_{&buffer_, this, ConnectionOptions()};
  FrameParser parser_{&dispatcher_};
  Strings said_;
  Http2Error answer_ = Http2Error::Ok();
  uint32_t data_bytes_ = 0;
  bool pings_ = false;
};

TEST_F(FrameDispatcherTest, FramesOfAStreamGoToIt) {
  EXPECT_TRUE(Parse(FrameBuilder()
                        .Headers(1, Block(ResponseHeaders()))
                        .Data(1, Framed("x"))
                        .Headers(1, Block(Trailers("7")), true))
                  .ok());
  EXPECT_EQ(call_->events(), (Strings{"headers", "end"}));
  EXPECT_EQ(call_->end().trailers.Find("grpc-status"), "7");
  EXPECT_EQ(data_bytes_, 6u);
}

TEST_F(FrameDispatcherTest, AResetGoesToItsStream) {
  EXPECT_TRUE(
      Parse(FrameBuilder().RstStream(1, Http2ErrorCode::kRefusedStream)).ok());
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(FrameDispatcherTest, AStreamErrorGoesToItsStream) {
  EXPECT_TRUE(Parse(FrameBuilder().WindowUpdate(1, 0)).ok());
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
}

TEST_F(FrameDispatcherTest, WhatConcernsTheConnectionGoesToIt) {
  EXPECT_TRUE(
      Parse(
          FrameBuilder().Settings({{3, 5}}).SettingsAck().Ping(9, true).GoAway(
              1, Http2ErrorCode::kNoError, "bye"))
          .ok());
  EXPECT_EQ(said_,
            (Strings{"settings", "settings ack", "ping ack 9", "goaway bye"}));
}

TEST_F(FrameDispatcherTest, ItsErrorsAreTheConnections) {
  answer_ = Http2Error::Connection(Http2ErrorCode::kInternalError, "no");
  EXPECT_EQ(Parse(FrameBuilder().Settings({})).text(), "no");
  EXPECT_EQ(Parse(FrameBuilder().Ping(1)).text(), "no") << "it sticks";
}

TEST_F(FrameDispatcherTest, AnswersGoThroughTheControlBuffer) {
  EXPECT_TRUE(
      Parse(FrameBuilder().Ping(9).WindowUpdate(0, 5).WindowUpdate(1, 6).Data(
                3, std::string(16384, 'x')))
          .ok());
  const auto batch = TakePut();
  EXPECT_EQ(batch->ping_acks, std::vector<uint64_t>{9});
  EXPECT_EQ(batch->connection_from_peer, 5u);
  const std::shared_ptr<OutboundStream> stream = batch->TakeStream();
  ASSERT_EQ(stream.get(), stream_->outbound());
  EXPECT_EQ(stream->TakeWork().from_peer, 6u);
  EXPECT_EQ(batch->connection_to_peer, 16384u) << "of an ended stream, too";
  EXPECT_EQ(owner_->flushes, 0) << "the reader flushes at the end";
}

TEST_F(FrameDispatcherTest, FramesOfAnEndedStreamAreIgnored) {
  EXPECT_TRUE(Parse(FrameBuilder()
                        .Data(3, "x")
                        .RstStream(3, Http2ErrorCode::kCancel)
                        .WindowUpdate(3, 1)
                        .WindowUpdate(3, 0)
                        .Priority(3))
                  .ok());
  EXPECT_FALSE(call_->ended());
}

// RFC 9113 section 5.1 (h2spec's client cases 5.1). Catches: frames that the
// peer may not send, and that are ignored as those of a stream that we have
// closed. Both come in one read with the end.
TEST_F(FrameDispatcherTest, DataAfterEndStreamEndsTheConnection) {
  const Http2Error error = Parse(
      FrameBuilder().Headers(1, Block(Trailers()), true).Data(1, "x", true));
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kStreamClosed);
}

TEST_F(FrameDispatcherTest, HeadersAfterEndStreamEndTheConnection) {
  EXPECT_TRUE(Parse(FrameBuilder()
                        .Headers(1, Block(ResponseHeaders()))
                        .Data(1, "", /*end_stream=*/true))
                  .ok());
  EXPECT_EQ(Parse(FrameBuilder().Headers(1, Block(Trailers()), true)).code(),
            Http2ErrorCode::kStreamClosed);
}

TEST_F(FrameDispatcherTest, FramesAfterRstStreamAreResetAgain) {
  EXPECT_TRUE(Parse(FrameBuilder()
                        .RstStream(1, Http2ErrorCode::kCancel)
                        .Data(1, "x")
                        .Headers(1, Block(Trailers()), true)
                        .WindowUpdate(1, 5)
                        .RstStream(1, Http2ErrorCode::kCancel))
                  .ok());
  const auto batch = TakePut();
  ASSERT_EQ(batch->resets.size(), 2u) << "DATA and HEADERS, and no other";
  EXPECT_EQ(batch->resets[0].stream_id, 1u);
  EXPECT_EQ(batch->resets[0].code, Http2ErrorCode::kStreamClosed);
}

// Catches: a stream that we have reset, and whose peer did not know that yet,
// taken for one that the peer has closed.
TEST_F(FrameDispatcherTest, FramesAfterOurResetAreIgnored) {
  stream_->Cancel(absl::CancelledError("enough"));
  TakePut();
  EXPECT_TRUE(Parse(FrameBuilder()
                        .Headers(1, Block(ResponseHeaders()))
                        .Data(1, "x")
                        .Headers(1, Block(Trailers()), true))
                  .ok());
  EXPECT_TRUE(TakePut()->resets.empty());
}

// RFC 9113 section 6.3 (h2spec's client case 6.3).
TEST_F(FrameDispatcherTest, APriorityOfAWrongLengthResetsAnEndedStreamToo) {
  EXPECT_TRUE(
      Parse(FrameBuilder().Frame(FrameType::kPriority, 0, 3, "abcd")).ok());
  const auto batch = TakePut();
  ASSERT_EQ(batch->resets.size(), 1u);
  EXPECT_EQ(batch->resets[0].stream_id, 3u);
  EXPECT_EQ(batch->resets[0].code, Http2ErrorCode::kFrameSizeError);
}

// Catches: a malformed list that reaches its call, or that ends more than it.
TEST_F(FrameDispatcherTest, AMalformedHeaderListResetsItsStream) {
  HeaderList headers = ResponseHeaders();
  headers.Add("connection", "close");
  EXPECT_TRUE(Parse(FrameBuilder().Headers(1, Block(headers))).ok());
  EXPECT_EQ(call_->status(),
            absl::InternalError("malformed response: connection-specific field "
                                "\"connection\""));
}

TEST_F(FrameDispatcherTest, HeadersOfAnEndedStreamChangeTheTable) {
  HeaderList headers = ResponseHeaders();
  headers.Add("repeated", "value");
  EXPECT_TRUE(Parse(FrameBuilder().Headers(3, Block(headers))).ok());
  EXPECT_TRUE(Parse(FrameBuilder().Headers(1, Block(headers))).ok());
  EXPECT_EQ(call_->headers().Find("repeated"), "value");
}

TEST_F(FrameDispatcherTest, FramesOfAStreamThatNeverWasAreErrors) {
  for (const FrameBuilder& frames :
       {FrameBuilder().Data(5, "x"), FrameBuilder().Headers(5, ""),
        FrameBuilder().RstStream(5, Http2ErrorCode::kCancel),
        FrameBuilder().WindowUpdate(5, 1)}) {
    FrameDispatcher dispatcher(&buffer_, this, ConnectionOptions());
    FrameParser parser(&dispatcher);
    SliceBuffer bytes =
        FrameBuilder().Settings({}).Bytes(frames.str()).buffer();
    EXPECT_EQ(parser.Parse(&bytes).code(), Http2ErrorCode::kProtocolError);
  }
}

TEST_F(FrameDispatcherTest, AHeaderBlockMayComeInFragments) {
  const std::string block = Block(ResponseHeaders());
  EXPECT_TRUE(Parse(FrameBuilder()
                        .Headers(1, block.substr(0, 1), false, false)
                        .Continuation(1, "", false)
                        .Continuation(1, block.substr(1)))
                  .ok());
  EXPECT_EQ(call_->events(), Strings{"headers"});
}

// Catches: the size of the last fragment alone, or of frames with their headers
// and padding.
TEST_F(FrameDispatcherTest, TheSizesOfHeaderBlocksGoToTheirStream) {
  const std::string block = Block(ResponseHeaders());
  const std::string trailers = Block(Trailers());
  EXPECT_TRUE(Parse(FrameBuilder()
                        .Headers(1, block.substr(0, 1), false, false)
                        .Continuation(1, block.substr(1))
                        .PaddedHeaders(1, trailers, 7, /*end_stream=*/true))
                  .ok());
  EXPECT_EQ(call_->end().received_header_bytes, block.size() + trailers.size());
}

TEST_F(FrameDispatcherTest, TheEndOfAFragmentedBlockIsThatOfItsHeaders) {
  EXPECT_TRUE(Parse(FrameBuilder()
                        .Headers(1, Block(ResponseHeaders()))
                        .Headers(1, "", /*end_stream=*/true, false)
                        .Continuation(1, Block(Trailers())))
                  .ok());
  EXPECT_EQ(call_->events(), (Strings{"headers", "end"}));
}

TEST_F(FrameDispatcherTest, TheFirstFrameIsSettings) {
  FrameDispatcher dispatcher(&buffer_, this, ConnectionOptions());
  FrameParser parser(&dispatcher);
  SliceBuffer bytes = FrameBuilder().Ping(1).buffer();
  EXPECT_EQ(parser.Parse(&bytes).code(), Http2ErrorCode::kProtocolError);
  EXPECT_TRUE(TakePut()->empty()) << "it is not answered";
}

TEST_F(FrameDispatcherTest, PushIsDisabled) {
  EXPECT_EQ(Parse(FrameBuilder().PushPromise(1, 2, "")).code(),
            Http2ErrorCode::kProtocolError);
}

TEST_F(FrameDispatcherTest, ABdpPingTakesTheUpdateWithIt) {
  pings_ = true;
  EXPECT_TRUE(Parse(FrameBuilder().Data(3, "abc")).ok());
  EXPECT_EQ(TakePut()->connection_to_peer, 3u);
}

TEST_F(FrameDispatcherTest, PaddingCounts) {
  EXPECT_TRUE(Parse(FrameBuilder().PaddedData(3, "abc", 7)).ok());
  EXPECT_EQ(data_bytes_, 11u);
}

TEST_F(FrameDispatcherTest, ALargerConnectionWindowIsTold) {
  dispatcher_.SetConnectionWindow(100000);
  EXPECT_EQ(TakePut()->connection_to_peer, 100000u - kDefaultWindow);
  dispatcher_.SetConnectionWindow(100);
  EXPECT_TRUE(TakePut()->empty());
}

}  // namespace
}  // namespace loopy
