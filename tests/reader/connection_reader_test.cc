#include "transport/reader/connection_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_endpoint.h"
#include "tests/stream/stream_fixture.h"
#include "tests/wire/frame_builder.h"
#include "transport/hpack/header_encoder.h"

namespace loopy {
namespace {

// A connection with stream 1 open, 3 ended, 5 never opened. Its peer has sent
// SETTINGS.
class ConnectionReaderTest : public testing::Test, public FrameHandler {
 protected:
  ConnectionReaderTest() {
    ConnectionOptions options;
    options.stream_window = 1 << 20;
    stream_ = std::make_shared<Stream>(owner_, &buffer_, &owner_->fake_clock,
                                       options);
    stream_->Start(HeaderList(), absl::InfiniteFuture(), call_);
    Start(FrameBuilder().Settings({}));
    if (auto opened = TakePut()->TakeStream()) opened->TakeWork();
    events_.clear();
  }
  // The reader ends exactly once, and does not read after that.
  void TearDown() override {
    stream_->Cancel(absl::CancelledError("end of test"));
    EndReads();
  }
  void EndReads() {
    endpoint_->CloseByPeer();
    endpoint_->Pump();
    EXPECT_EQ(ends_, 1);
    EXPECT_FALSE(endpoint_->read_pending());
  }

  // Another reader, whose handshake has read `leftover` already.
  void Start(const FrameBuilder& leftover) {
    if (reader_ != nullptr) EndReads();
    endpoint_ = std::make_shared<FakeEndpoint>();
    events_.clear();
    ends_ = 0;
    error_ = Http2Error::Ok();
    reader_ = std::make_unique<ConnectionReader>(endpoint_.get(), &buffer_,
                                                 this, ConnectionOptions());
    endpoint_->SetObservers(reader_.get(), nullptr);
    SliceBuffer bytes = leftover.buffer();
    reader_->Start(&bytes);
  }
  // The error that the reader ended with, if it did.
  const Http2Error& Read(const FrameBuilder& frames) {
    endpoint_->Feed(frames.str());
    return error_;
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

  // ---- FrameHandler
  std::shared_ptr<Stream> FindStream(uint32_t id, bool* was_opened) override {
    *was_opened = id == 1 || id == 3;
    return id <= last_open_ && !call_->ended() ? stream_ : nullptr;
  }
  Http2Error OnPeerSettings(const SettingsFrame&) override {
    events_.push_back("settings");
    return answer_;
  }
  void OnSettingsAck() override { events_.push_back("settings ack"); }
  Http2Error OnGoAway(const GoAwayFrame& frame) override {
    events_.push_back("goaway " + frame.debug_data);
    return answer_;
  }
  void OnPing(uint64_t opaque) override { buffer_.PutPingAck(opaque); }
  void OnPingAck(uint64_t opaque) override {
    events_.push_back("ping ack " + std::to_string(opaque));
  }
  void OnHeadersFrame() override {}
  bool OnDataBytes(uint32_t n) override {
    data_bytes_ += n;
    return pings_;
  }
  void OnReceiveWindow(int64_t bytes) override { receive_window_ = bytes; }
  void OnBytesRead() override { events_.push_back("bytes"); }
  void OnReadHandled(int responses) override {
    events_.push_back("handled");
    responses_ = responses;
  }
  void OnProtocolError(Http2Error error) override {
    ++ends_;
    error_ = std::move(error);
  }
  void OnReadFailed(absl::Status status) override {
    ++ends_;
    events_.push_back(status.ToString());
  }

  using Strings = std::vector<std::string>;

  const std::shared_ptr<RecordingOwner> owner_ =
      std::make_shared<RecordingOwner>();
  const std::shared_ptr<RecordingCall> call_ =
      std::make_shared<RecordingCall>();
  std::shared_ptr<FakeEndpoint> endpoint_;
  std::shared_ptr<Stream> stream_;
  ControlBuffer buffer_;
  HeaderEncoder encoder_;
  std::unique_ptr<ConnectionReader> reader_;
  Strings events_;
  Http2Error error_ = Http2Error::Ok();
  Http2Error answer_ = Http2Error::Ok();
  uint32_t data_bytes_ = 0;
  int64_t receive_window_ = 0;
  bool pings_ = false;
  int ends_ = 0;
  int responses_ = -1;
  uint32_t last_open_ = 1;  // 3 finds the same stream
};

// ---- Reading

TEST_F(ConnectionReaderTest, ReadsHandlesAndReadsAgain) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(endpoint_->read_pending());
    Read(FrameBuilder().Ping(1, true).Ping(2, true));
  }
  EXPECT_TRUE(endpoint_->read_pending());
  EXPECT_EQ(events_.size(), 12u);
  EXPECT_EQ((Strings{events_.begin(), events_.begin() + 4}),
            (Strings{"bytes", "ping ack 1", "ping ack 2", "handled"}));
}

TEST_F(ConnectionReaderTest, HandlesWhatTheHandshakeHasRead) {
  Start(FrameBuilder().Settings({}));
  EXPECT_EQ(events_, (Strings{"bytes", "settings", "handled"}));
  EXPECT_TRUE(endpoint_->read_pending());
}

TEST_F(ConnectionReaderTest, AFrameMayComeInPieces) {
  const std::string bytes = FrameBuilder().Ping(1, true).str();
  for (const char byte : bytes) {
    Read(FrameBuilder().Bytes(std::string(1, byte)));
  }
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "ping ack 1"), 1);
}

TEST_F(ConnectionReaderTest, StopsAtAnError) {
  const Http2Error error = Read(FrameBuilder().Continuation(1, ""));
  EXPECT_EQ(error.code(), Http2ErrorCode::kProtocolError);
  EXPECT_EQ(events_, Strings{"bytes"});
  EXPECT_FALSE(endpoint_->read_pending());
}

TEST_F(ConnectionReaderTest, StopsAtAnErrorInWhatTheHandshakeHasRead) {
  Start(FrameBuilder().Continuation(1, ""));
  EXPECT_EQ(ends_, 1);
  EXPECT_FALSE(endpoint_->read_pending());
}

TEST_F(ConnectionReaderTest, ReportsTheEnd) {
  endpoint_->CloseByPeer();
  EXPECT_EQ(events_, Strings{"UNAVAILABLE: Socket closed"});
}

// Fails if a read of several responses looks as that of one does, or one of a
// response's frames, of an ended stream or of windows as that of several.
TEST_F(ConnectionReaderTest, CountsTheResponsesInARead) {
  Read(FrameBuilder().Data(3, "x").WindowUpdate(1, 1).WindowUpdate(0, 1));
  EXPECT_EQ(responses_, 0);
  Read(FrameBuilder()
           .Headers(1, Block(ResponseHeaders()))
           .WindowUpdate(1, 1)
           .Data(1, Framed("x")));
  EXPECT_EQ(responses_, 1);
  last_open_ = 3;
  Read(
      FrameBuilder().Headers(3, Block(ResponseHeaders())).Data(1, Framed("x")));
  EXPECT_EQ(responses_, 2);
}

// Fails if the stream of the last frame is held beyond its read: it holds its
// connection.
TEST_F(ConnectionReaderTest, HoldsNoStreamBetweenReads) {
  Read(FrameBuilder().Headers(1, Block(ResponseHeaders())));
  TakePut();
  EXPECT_EQ(stream_.use_count(), 1);
}

// ---- Frames

TEST_F(ConnectionReaderTest, FramesOfAStreamGoToIt) {
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, Block(ResponseHeaders()))
                       .Data(1, Framed("x"))
                       .Headers(1, Block(Trailers("7")), true))
                  .ok());
  EXPECT_EQ(call_->events(), (Strings{"headers", "end"}));
  EXPECT_EQ(call_->trailers().Find("grpc-status"), "7");
  EXPECT_EQ(data_bytes_, 6u);
}

TEST_F(ConnectionReaderTest, AResetGoesToItsStream) {
  EXPECT_TRUE(
      Read(FrameBuilder().RstStream(1, Http2ErrorCode::kRefusedStream)).ok());
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ConnectionReaderTest, AStreamErrorGoesToItsStream) {
  EXPECT_TRUE(Read(FrameBuilder().WindowUpdate(1, 0)).ok());
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
}

TEST_F(ConnectionReaderTest, WhatConcernsTheConnectionGoesToIt) {
  EXPECT_TRUE(
      Read(FrameBuilder().Settings({{3, 5}}).SettingsAck().Ping(9, true).GoAway(
               1, Http2ErrorCode::kNoError, "bye"))
          .ok());
  EXPECT_EQ(events_, (Strings{"bytes", "settings", "settings ack", "ping ack 9",
                              "goaway bye", "handled"}));
}

TEST_F(ConnectionReaderTest, ItsErrorsAreTheConnections) {
  answer_ = Http2Error::Connection(Http2ErrorCode::kInternalError, "no");
  EXPECT_EQ(Read(FrameBuilder().Settings({})).text(), "no");
  EXPECT_FALSE(endpoint_->read_pending()) << "it sticks";
}

TEST_F(ConnectionReaderTest, AnswersGoThroughTheControlBuffer) {
  EXPECT_TRUE(
      Read(FrameBuilder().Ping(9).WindowUpdate(0, 5).WindowUpdate(1, 6).Data(
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

TEST_F(ConnectionReaderTest, FramesOfAnEndedStreamAreIgnored) {
  EXPECT_TRUE(Read(FrameBuilder()
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
TEST_F(ConnectionReaderTest, DataAfterEndStreamEndsTheConnection) {
  const Http2Error error = Read(
      FrameBuilder().Headers(1, Block(Trailers()), true).Data(1, "x", true));
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kStreamClosed);
}

TEST_F(ConnectionReaderTest, HeadersAfterEndStreamEndTheConnection) {
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, Block(ResponseHeaders()))
                       .Data(1, "", /*end_stream=*/true))
                  .ok());
  EXPECT_EQ(
      Read(FrameBuilder().Headers(1, Block(ResponseHeaders()), true)).code(),
      Http2ErrorCode::kStreamClosed);
}

// Catches: a server that says twice that a call's deadline has passed, and so
// ends the other calls.
TEST_F(ConnectionReaderTest, TrailersThatComeTwiceAreReset) {
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, Block(Trailers()), true)
                       .Headers(1, Block(Trailers()), true)
                       .RstStream(1, Http2ErrorCode::kNoError)
                       .Headers(1, Block(Trailers()), true))
                  .ok());
  EXPECT_EQ(TakePut()->resets.size(), 2u);
}

TEST_F(ConnectionReaderTest, FramesAfterRstStreamAreResetAgain) {
  EXPECT_TRUE(Read(FrameBuilder()
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
TEST_F(ConnectionReaderTest, FramesAfterOurResetAreIgnored) {
  stream_->Cancel(absl::CancelledError("enough"));
  TakePut();
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, Block(ResponseHeaders()))
                       .Data(1, "x")
                       .Headers(1, Block(Trailers()), true))
                  .ok());
  EXPECT_TRUE(TakePut()->resets.empty());
}

// RFC 9113 section 6.3 (h2spec's client case 6.3).
TEST_F(ConnectionReaderTest, APriorityOfAWrongLengthResetsAnEndedStreamToo) {
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, Block(Trailers()), true)
                       .Frame(FrameType::kPriority, 0, 1, "abcd"))
                  .ok());
  const auto batch = TakePut();
  ASSERT_EQ(batch->resets.size(), 1u);
  EXPECT_EQ(batch->resets[0].stream_id, 1u);
  EXPECT_EQ(batch->resets[0].code, Http2ErrorCode::kFrameSizeError);
}

// RFC 9113 section 5.4.2. Catches: a second RST_STREAM for a stream that the
// first wrong PRIORITY has reset.
TEST_F(ConnectionReaderTest, APriorityOfAWrongLengthAfterOurResetIsIgnored) {
  const FrameBuilder wrong =
      FrameBuilder().Frame(FrameType::kPriority, 0, 1, "abcd");
  EXPECT_TRUE(Read(wrong).ok());
  EXPECT_TRUE(call_->ended());
  TakePut();
  EXPECT_TRUE(Read(wrong).ok());
  EXPECT_TRUE(TakePut()->resets.empty());
}

// Catches: a malformed list that reaches its call, or that ends more than it.
TEST_F(ConnectionReaderTest, AMalformedHeaderListResetsItsStream) {
  HeaderList headers = ResponseHeaders();
  headers.Add("connection", "close");
  EXPECT_TRUE(Read(FrameBuilder().Headers(1, Block(headers))).ok());
  EXPECT_EQ(call_->status(),
            absl::InternalError("malformed response: connection-specific field "
                                "\"connection\""));
}

TEST_F(ConnectionReaderTest, HeadersOfAnEndedStreamChangeTheTable) {
  HeaderList headers = ResponseHeaders();
  headers.Add("repeated", "value");
  EXPECT_TRUE(Read(FrameBuilder().Headers(3, Block(headers))).ok());
  EXPECT_TRUE(Read(FrameBuilder().Headers(1, Block(headers))).ok());
  EXPECT_EQ(call_->headers().Find("repeated"), "value");
}

TEST_F(ConnectionReaderTest, FramesOfAStreamThatNeverWasAreErrors) {
  for (const FrameBuilder& frames :
       {FrameBuilder().Data(5, "x"), FrameBuilder().Headers(5, ""),
        FrameBuilder().RstStream(5, Http2ErrorCode::kCancel),
        FrameBuilder().WindowUpdate(5, 1)}) {
    Start(FrameBuilder().Settings({}).Bytes(frames.str()));
    EXPECT_EQ(error_.code(), Http2ErrorCode::kProtocolError);
  }
}

TEST_F(ConnectionReaderTest, AHeaderBlockMayComeInFragments) {
  const std::string block = Block(ResponseHeaders());
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, block.substr(0, 1), false, false)
                       .Continuation(1, "", false)
                       .Continuation(1, block.substr(1)))
                  .ok());
  EXPECT_EQ(call_->events(), Strings{"headers"});
}

// Catches: the size of the last fragment alone, or of frames with their headers
// and padding.
TEST_F(ConnectionReaderTest, TheSizesOfHeaderBlocksGoToTheirStream) {
  const std::string block = Block(ResponseHeaders());
  const std::string trailers = Block(Trailers());
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, block.substr(0, 1), false, false)
                       .Continuation(1, block.substr(1))
                       .PaddedHeaders(1, trailers, 7, /*end_stream=*/true))
                  .ok());
  EXPECT_EQ(call_->end().received_header_bytes, block.size() + trailers.size());
}

TEST_F(ConnectionReaderTest, TheEndOfAFragmentedBlockIsThatOfItsHeaders) {
  EXPECT_TRUE(Read(FrameBuilder()
                       .Headers(1, Block(ResponseHeaders()))
                       .Headers(1, "", /*end_stream=*/true, false)
                       .Continuation(1, Block(Trailers())))
                  .ok());
  EXPECT_EQ(call_->events(), (Strings{"headers", "end"}));
}

TEST_F(ConnectionReaderTest, TheFirstFrameIsSettings) {
  Start(FrameBuilder().Ping(1));
  EXPECT_EQ(error_.code(), Http2ErrorCode::kProtocolError);
  const auto put = TakePut();
  EXPECT_FALSE(put->NeedsWriter()) << "it is not answered";
  EXPECT_EQ(put->connection_to_peer, 0u);
}

TEST_F(ConnectionReaderTest, PushIsDisabled) {
  EXPECT_EQ(Read(FrameBuilder().PushPromise(1, 2, "")).code(),
            Http2ErrorCode::kProtocolError);
}

TEST_F(ConnectionReaderTest, ABdpPingTakesTheUpdateWithIt) {
  pings_ = true;
  EXPECT_TRUE(Read(FrameBuilder().Data(3, "abc")).ok());
  EXPECT_EQ(TakePut()->connection_to_peer, 3u);
}

TEST_F(ConnectionReaderTest, PaddingCounts) {
  EXPECT_TRUE(Read(FrameBuilder().PaddedData(3, "abc", 7)).ok());
  EXPECT_EQ(data_bytes_, 11u);
}

TEST_F(ConnectionReaderTest, ThePeerLearnsOfALargerConnectionWindow) {
  reader_->SetConnectionWindow(100000);
  EXPECT_EQ(receive_window_, 100000);
  EXPECT_EQ(TakePut()->connection_to_peer, 100000u - kDefaultWindow);
  reader_->SetConnectionWindow(100);
  const auto put = TakePut();
  EXPECT_FALSE(put->NeedsWriter());
  EXPECT_EQ(put->connection_to_peer, 0u);
}

}  // namespace
}  // namespace loopy
