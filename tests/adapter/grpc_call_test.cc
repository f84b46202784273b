#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/adapter/grpc_call_fixture.h"

// gRPC's batches run over a real connection whose peer is the test.

namespace loopy {
namespace {

TEST_F(GrpcCallTest, CarriesAUnaryCallInOneBatch) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  EXPECT_EQ(batch->complete.runs, 1);
  if (batch->asked_for_peer) {
    EXPECT_STREQ(reinterpret_cast<const char*>(batch->peer), kPeer);
  }
  const std::vector<WrittenFrame> frames = ReadFrames();
  EXPECT_EQ(Describe(frames),
            (Strings{"HEADERS 1", "DATA 1, 13 bytes, END_STREAM"}));
  EXPECT_EQ(frames[0].headers.Find(":path"), "/s/m");
  Receive(ResponseHeaders(1));
  EXPECT_EQ(batch->headers_ready.runs, 1);
  EXPECT_FALSE(batch->trailers_available);
  Receive(FrameBuilder().Data(1, Framed("answer")));
  EXPECT_EQ(batch->received(), "answer");
  Receive(Trailers(1, "5"));
  EXPECT_EQ(batch->status(), GRPC_STATUS_NOT_FOUND);
  batch->ExpectAllRan();
  EXPECT_EQ(batch->stats.outgoing.data_bytes, 8u);
  EXPECT_EQ(batch->stats.incoming.data_bytes, 6u);
  EXPECT_EQ(batch->stats.incoming.framing_bytes, 5u);
  EXPECT_EQ(stats_.succeeded, 1);
  EXPECT_EQ(stats_.sent, 1);
  EXPECT_EQ(stats_.received, 1);
}

// Catches: header blocks of either direction that are not counted, or that are
// counted with the headers of their frames.
TEST_F(GrpcCallTest, CountsTheBytesOfHeaderBlocks) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  const size_t sent = endpoint_->writes().back().size();
  const FrameBuilder headers = ResponseHeaders(1);
  Receive(headers);
  const FrameBuilder trailers = Trailers(1, "5");
  Receive(trailers);
  const size_t data_frame = kFrameHeaderSize + Framed("question").size();
  EXPECT_EQ(batch->stats.outgoing.header_bytes,
            sent - kFrameHeaderSize - data_frame);
  EXPECT_EQ(
      batch->stats.incoming.header_bytes,
      headers.str().size() + trailers.str().size() - 2 * kFrameHeaderSize);
}

TEST_F(GrpcCallTest, TrailersOnlyIsAnEndWithoutAMessage) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  HeaderList headers;
  headers.Add(":status", "200");
  headers.Add("content-type", "application/grpc");
  headers.Add("grpc-status", "12");
  DropFrames();
  Receive(FrameBuilder().Headers(1, Block(headers), /*end_stream=*/true));
  EXPECT_TRUE(batch->trailers_available);
  EXPECT_EQ(batch->received(), absl::nullopt);
  EXPECT_FALSE(batch->failed_before_message) << "a clean end";
  EXPECT_EQ(batch->status(), GRPC_STATUS_UNIMPLEMENTED);
}

TEST_F(GrpcCallTest, FlagsOfCompressionPassBothWays) {
  ConnectAndCreateCall();
  StartStreaming();
  Perform(Batch()->SendMessage("zip", GRPC_WRITE_INTERNAL_COMPRESS));
  EXPECT_EQ(ReadFrames().back().payload, std::string("\1\0\0\0\3zip", 8));
  Receive(ResponseHeaders(1, "gzip"));
  Receive(FrameBuilder().Data(1, std::string("\1\0\0\0\3zap\0\0\0\0\1x", 14)));
  EXPECT_EQ(Perform(Batch()->RecvMessage())->received_flags,
            uint32_t{GRPC_WRITE_INTERNAL_COMPRESS});
  EXPECT_EQ(Perform(Batch()->RecvMessage())->received_flags, 0u);
}

// ---- A send is done when it is accepted (contract, 1)

// Catches: an on_complete that waits for the write (chttp2's).
TEST_F(GrpcCallTest, ASendCompletesWhileAWriteHangs) {
  ConnectAndCreateCall();
  MakeWriteStuck();
  StartStreaming();
  TestBatch* fits = Perform(Batch()->SendMessage(std::string(65000, 'x')));
  EXPECT_EQ(fits->complete.runs, 1);
  TestBatch* waits = Perform(Batch()->SendMessage(std::string(1 << 20, 'x')));
  EXPECT_EQ(waits->complete.runs, 0) << "exceeds the write quota";
  Unstick();
  PeerSettings({{4, 2 << 20}});
  Feed(FrameBuilder().WindowUpdate(0, 2 << 20));
  DropFrames();
  exec_ctx_.Flush();
  EXPECT_EQ(waits->complete.runs, 1);
  EXPECT_FALSE(waits->write_closed());
}

TEST_F(GrpcCallTest, ASendThatWaitsEndsWithItsStream) {
  ConnectAndCreateCall();
  MakeWriteStuck();
  StartStreaming();
  TestBatch* waits = Perform(Batch()->SendMessage(std::string(1 << 20, 'x')));
  Receive(FrameBuilder().RstStream(1, Http2ErrorCode::kInternalError));
  EXPECT_EQ(waits->complete.runs, 1);
  EXPECT_TRUE(waits->write_closed());
}

TEST_F(GrpcCallTest, ASendAfterTheEndIsClosed) {
  ConnectAndCreateCall();
  StartStreaming();
  DropFrames();
  Receive(Trailers(1));
  TestBatch* late = Perform(Batch()->SendMessage("late"));
  EXPECT_EQ(late->complete.runs, 1);
  EXPECT_TRUE(late->write_closed());
  EXPECT_EQ(stats_.sent, 0);
}

// ---- Ends

TEST_F(GrpcCallTest, AResetCompletesAllThatWaits) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(FrameBuilder().RstStream(1, Http2ErrorCode::kEnhanceYourCalm));
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_RESOURCE_EXHAUSTED);
  EXPECT_TRUE(batch->trailers_available);
  EXPECT_EQ(batch->received(), absl::nullopt);
  EXPECT_TRUE(batch->failed_before_message);
  EXPECT_EQ(stats_.failed, 1);
}

// gRPC cancels the call with that status at its deadline.
TEST_F(GrpcCallTest, ACancelEndsACallWhileAWriteHangs) {
  ConnectAndCreateCall();
  MakeWriteStuck();
  TestBatch* batch = StartUnary();
  TestBatch* cancel = Perform(
      Batch()->Cancel(GRPC_STATUS_DEADLINE_EXCEEDED, "Deadline Exceeded"));
  cancel->ExpectAllRan();
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_DEADLINE_EXCEEDED);
  EXPECT_EQ(batch->text(), "Deadline Exceeded");
}

TEST_F(GrpcCallTest, ACallMayBeCancelledBeforeItStarts) {
  ConnectAndCreateCall();
  Perform(Batch()->Cancel(GRPC_STATUS_CANCELLED, "never mind"));
  TestBatch* batch = StartUnary();
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_CANCELLED);
  EXPECT_EQ(batch->trailers.get(grpc_core::GrpcStreamNetworkState()),
            grpc_core::GrpcStreamNetworkState::kNotSentOnWire);
  EXPECT_EQ(batch->stats.outgoing.header_bytes, 0u) << "none was sent";
  EXPECT_EQ(ReadTexts(), Strings{});
}

TEST_F(GrpcCallTest, CancellingTwiceIsHarmless) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  Perform(Batch()->Cancel(GRPC_STATUS_CANCELLED, "once"));
  Perform(Batch()->Cancel(GRPC_STATUS_ABORTED, "twice"));
  EXPECT_EQ(batch->status(), GRPC_STATUS_CANCELLED);
  EXPECT_EQ(ReadTexts().back(), "RST_STREAM 1 CANCEL");
}

TEST_F(GrpcCallTest, ACloseCompletesAllThatWaits) {
  ConnectAndCreateCall();
  MakeWriteStuck();
  TestBatch* batch = StartUnary();
  connection_->Close(absl::UnavailableError("100% closed"));
  exec_ctx_.Flush();
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_UNAVAILABLE);
  EXPECT_EQ(batch->text(), "100%25 closed") << "gRPC decodes it";
}

// Catches, under a sanitizer: a call's end that uses what the transport owned.
// gRPC drops the transport with its last call, while the reader may be about to
// report the end of the call's stream.
TEST_F(GrpcCallTest, AnEndMayComeAfterTheTransportIsGone) {
  ConnectAndCreateCall();
  Perform(Batch()->SendInitialMetadata());
  DropFrames();
  const std::weak_ptr<CallResources> resources = resources_;
  resources_.reset();
  Receive(FrameBuilder().RstStream(1, Http2ErrorCode::kInternalError));
  EXPECT_EQ(stats_.failed, 1);
  call_.reset();
  EXPECT_TRUE(resources.expired());
}

TEST_F(GrpcCallTest, ReportsWhetherARetryIsTransparent) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(FrameBuilder().GoAway(0, Http2ErrorCode::kNoError));
  EXPECT_EQ(batch->trailers.get(grpc_core::GrpcStreamNetworkState()),
            grpc_core::GrpcStreamNetworkState::kNotSeenByServer);
}

TEST_F(GrpcCallTest, AProcessedRequestIsNotRetried) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(FrameBuilder().RstStream(1, Http2ErrorCode::kInternalError));
  EXPECT_EQ(batch->trailers.get(grpc_core::GrpcStreamNetworkState()),
            absl::nullopt);
}

// ---- The order of messages and trailers

TEST_F(GrpcCallTest, TrailersWaitForMessagesThatAreNotTaken) {
  ConnectAndCreateCall();
  StartStreaming();
  TestBatch* trailers = Perform(Batch()->RecvTrailingMetadata());
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, Framed("one") + Framed("two")));
  Receive(Trailers(1));
  EXPECT_EQ(trailers->trailers_ready.runs, 0);
  EXPECT_EQ(Perform(Batch()->RecvMessage())->received(), "one");
  EXPECT_EQ(trailers->trailers_ready.runs, 0);
  EXPECT_EQ(Perform(Batch()->RecvMessage())->received(), "two");
  EXPECT_EQ(trailers->trailers_ready.runs, 1);
  TestBatch* none = Perform(Batch()->RecvMessage());
  EXPECT_EQ(none->message_ready.runs, 1);
  EXPECT_EQ(none->received(), absl::nullopt);
  EXPECT_FALSE(none->failed_before_message);
}

TEST_F(GrpcCallTest, AnErrorDoesNotWaitForMessages) {
  ConnectAndCreateCall();
  StartStreaming();
  TestBatch* trailers = Perform(Batch()->RecvTrailingMetadata());
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, Framed("unread")));
  Receive(FrameBuilder().RstStream(1, Http2ErrorCode::kCancel));
  EXPECT_EQ(trailers->status(), GRPC_STATUS_CANCELLED);
}

TEST_F(GrpcCallTest, AStreamCutInAMessageIsAnError) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, Framed("answer").substr(0, 7)));
  Receive(Trailers(1));
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_INTERNAL);
  EXPECT_EQ(batch->received(), absl::nullopt);
}

TEST_F(GrpcCallTest, ABrokenMessageEndsTheCall) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, std::string("\5\0\0\0\0", 5)));
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_INTERNAL);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"});
}

TEST_F(GrpcCallTest, AMessageThatIsTooLongEndsTheCall) {
  ConnectionOptions options = WithoutBdp();
  options.max_receive_message_size = 10;
  ConnectAndCreateCall(options);
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, Framed("0123456789a").substr(0, 5)));
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_RESOURCE_EXHAUSTED);
}

// Catches: a call that waits for ever although it was cancelled, or is past its
// deadline, because nobody reads its messages.
TEST_F(GrpcCallTest, ACancelledCallDoesNotWaitForItsMessagesToBeRead) {
  ConnectAndCreateCall();
  TestBatch* trailers = ReceiveUnread(Framed("unread"), /*status=*/"5");
  EXPECT_EQ(trailers->trailers_ready.runs, 0);
  Perform(Batch()->Cancel(GRPC_STATUS_CANCELLED, "enough"));
  EXPECT_EQ(trailers->trailers_ready.runs, 1);
  EXPECT_EQ(trailers->status(), GRPC_STATUS_NOT_FOUND) << "the server's";
}

// Catches: a call that is OK although messages of it were dropped.
TEST_F(GrpcCallTest, ACallThatDropsMessagesIsNoSuccess) {
  ConnectAndCreateCall();
  TestBatch* trailers = ReceiveUnread(Framed("unread"), /*status=*/"0");
  Perform(Batch()->Cancel(GRPC_STATUS_DEADLINE_EXCEEDED, "too late"));
  EXPECT_EQ(trailers->trailers_ready.runs, 1);
  EXPECT_EQ(trailers->status(), GRPC_STATUS_DEADLINE_EXCEEDED);
}

// The whole response is there before the call asks for its message.
TEST_F(GrpcCallTest, AMessageThatIsTooLongIsNoSuccess) {
  ConnectionOptions options = WithoutBdp();
  options.max_receive_message_size = 10;
  ConnectAndCreateCall(options);
  TestBatch* trailers = ReceiveUnread(Framed("0123456789a"));
  Perform(Batch()->RecvMessage());
  EXPECT_EQ(trailers->status(), GRPC_STATUS_RESOURCE_EXHAUSTED);
}

// Catches: OK for a call whose message is not whole; INTERNAL where the server
// says why.
TEST_F(GrpcCallTest, AMessageThatIsNotWholeIsNoSuccess) {
  ConnectAndCreateCall();
  TestBatch* trailers = ReceiveUnread(Framed("cut off").substr(0, 8));
  EXPECT_EQ(trailers->status(), GRPC_STATUS_INTERNAL);
}

TEST_F(GrpcCallTest, TheServersErrorSaysWhyAMessageIsNotWhole) {
  ConnectAndCreateCall();
  TestBatch* trailers =
      ReceiveUnread(Framed("cut off").substr(0, 8), /*status=*/"4");
  EXPECT_EQ(trailers->status(), GRPC_STATUS_DEADLINE_EXCEEDED);
}

TEST_F(GrpcCallTest, AnEmptyMessageWithABadFlagIsNoSuccess) {
  ConnectAndCreateCall();
  TestBatch* trailers = ReceiveUnread(std::string("\2\0\0\0\0", 5));
  Perform(Batch()->RecvMessage());
  EXPECT_EQ(trailers->status(), GRPC_STATUS_INTERNAL);
}

}  // namespace
}  // namespace loopy
