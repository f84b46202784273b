#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/stream/stream_fixture.h"
#include "transport/stream/stream.h"

// These tests are about the peer's frames of a stream.

namespace loopy {
namespace {

using StreamReceiveTest = StreamFixture;
using Strings = std::vector<std::string>;

TEST_F(StreamReceiveTest, AResponseIsHeadersMessagesTrailers) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  ReceiveData(Framed("one") + Framed("two"));
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(message.payload.ToString(), "one");
  stream_->OnHeaders(Trailers("5"), true);
  EXPECT_FALSE(stream_->Drained());
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(message.payload.ToString(), "two");
  EXPECT_TRUE(stream_->Drained());
  EXPECT_TRUE(stream_->message_error().ok());
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kEnd);
  EXPECT_EQ(call_->events(), (Strings{"headers", "ready", "end"}));
  const StreamEnd end = call_->end();
  EXPECT_TRUE(end.status.ok());
  EXPECT_FALSE(end.trailers_only);
  EXPECT_EQ(call_->trailers().Find("grpc-status"), "5");
  EXPECT_EQ(call_->headers().Find("content-type"), "application/grpc");
}

// gRPC's compression.md says so. Catches: compressed bytes that are delivered
// as a message.
TEST_F(StreamReceiveTest, ACompressedMessageNeedsAKnownEncoding) {
  for (const char* encoding : {"", "identity", "secret"}) {
    const auto call = std::make_shared<RecordingCall>();
    auto stream = std::make_shared<Stream>(
        owner_, &owner_->buffer, &owner_->fake_clock, ConnectionOptions());
    stream->Start(Headers({}), absl::InfiniteFuture(), call);
    HeaderList headers = ResponseHeaders();
    if (*encoding != 0) headers.Add("grpc-encoding", encoding);
    stream->OnHeaders(headers, false);
    SliceBuffer payload(Slice::FromCopy(std::string("\1\0\0\0\1x", 6)));
    stream->OnData(&payload, 6, false);
    Message message;
    EXPECT_EQ(stream->NextMessage(&message), Stream::Next::kBroken) << encoding;
    EXPECT_EQ(stream->message_error().code(), absl::StatusCode::kInternal);
    stream->Cancel(stream->message_error());
  }
}

// Catches: a sum without the trailers or an informational response, or one that
// confuses sent and received bytes.
TEST_F(StreamReceiveTest, TheEndHasTheSizesOfHeaderBlocks) {
  StartStream();
  stream_->outbound()->header_bytes = 4000;  // as the loopy writer does
  stream_->OnHeaders(Headers({{":status", "103"}}), false, 1);
  stream_->OnHeaders(ResponseHeaders(), false, 20);
  stream_->OnHeaders(Trailers(), true, 300);
  EXPECT_EQ(call_->end().sent_header_bytes, 4000u);
  EXPECT_EQ(call_->end().received_header_bytes, 321u);
}

TEST_F(StreamReceiveTest, TrailersOnlyIsAnEndWithoutHeaders) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "200"},
                              {"content-type", "application/grpc"},
                              {"grpc-status", "12"}}),
                     true);
  EXPECT_EQ(call_->events(), Strings{"end"});
  EXPECT_TRUE(call_->end().trailers_only);
  EXPECT_TRUE(call_->end().status.ok());
}

TEST_F(StreamReceiveTest, EndWhileWeSendIsAnsweredWithNoError) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  stream_->OnHeaders(Trailers(), true);
  EXPECT_EQ(reset(), Http2ErrorCode::kNoError);
}

TEST_F(StreamReceiveTest, InformationalResponsesAreIgnored) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "103"}}), false);
  stream_->OnHeaders(Headers({{":status", "100"}}), false);
  EXPECT_EQ(call_->events(), Strings{});
  stream_->OnHeaders(ResponseHeaders(), false);
  EXPECT_EQ(call_->events(), Strings{"headers"});
}

TEST_F(StreamReceiveTest, AnInformationalResponseCannotBeTheLast) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "103"}}), true);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
}

TEST_F(StreamReceiveTest, AMalformedStatusEndsTheCall) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "2xx"}}), false);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(reset(), Http2ErrorCode::kProtocolError);
}

TEST_F(StreamReceiveTest, HeadersInTheMiddleAreAnError) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  stream_->OnHeaders(ResponseHeaders(), false);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(reset(), Http2ErrorCode::kProtocolError);
}

TEST_F(StreamReceiveTest, DataBeforeHeadersIsAnError) {
  StartStream();
  ReceiveData("x");
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(reset(), Http2ErrorCode::kProtocolError);
}

TEST_F(StreamReceiveTest, TrailersWithoutAUsableStatusAreUnknown) {
  for (const char* status : {"", "x", "-1", "99999999999"}) {
    auto call = std::make_shared<RecordingCall>();
    auto stream = std::make_shared<Stream>(
        owner_, &owner_->buffer, &owner_->fake_clock, ConnectionOptions());
    stream->Start(Headers({}), absl::InfiniteFuture(), call);
    stream->OnHeaders(ResponseHeaders(), false);
    stream->OnHeaders(Trailers(status), true);
    EXPECT_EQ(call->status().code(), absl::StatusCode::kUnknown) << status;
  }
}

TEST_F(StreamReceiveTest, AStreamThatEndsWithDataHasNoStatus) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed("x"), /*end_stream=*/true);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(reset(), Http2ErrorCode::kNoError);
}

// RFC 9113 section 8.3 has the rule.
TEST_F(StreamReceiveTest, TrailersHaveNoPseudoFields) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  stream_->OnHeaders(Headers({{":status", "200"}, {"grpc-status", "0"}}), true);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(absl::StrContains(call_->status().message(), "pseudo-header"));
  EXPECT_EQ(reset(), Http2ErrorCode::kProtocolError);
}

// ---- Messages

TEST_F(StreamReceiveTest, ReadyIsReportedOnceForEachWait) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed("one"));
  EXPECT_EQ(call_->events(), Strings{"headers"}) << "nobody waits";
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  const std::string two = Framed("two");
  ReceiveData(two.substr(0, 6));
  EXPECT_EQ(call_->events(), Strings{"headers"});
  ReceiveData(two.substr(6) + Framed("three"));
  EXPECT_EQ(call_->events(), (Strings{"headers", "ready"}));
}

// Catches: a next message that is not reported; and an end that does not say
// that something is unread, or says so when all is read.
TEST_F(StreamReceiveTest, AMessageIsTakenTogetherWithAWaitForTheNext) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed("one") + Framed("two"));
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message, /*then_wait=*/true),
            Stream::Next::kMessage)
      << "the next one is there";
  EXPECT_EQ(stream_->NextMessage(&message, /*then_wait=*/true),
            Stream::Next::kMessageThenWait);
  EXPECT_EQ(message.payload.ToString(), "two");
  ReceiveData(Framed("three"));
  EXPECT_EQ(call_->events(), (Strings{"headers", "ready"}));
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  stream_->OnHeaders(Trailers(), true);
  EXPECT_FALSE(call_->end().has_unread);
}

TEST_F(StreamReceiveTest, ACallMayReadInsideOnMessageReady) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  std::string read;
  call_->on_message_ready = [&] {
    Message message;
    while (stream_->NextMessage(&message) == Stream::Next::kMessage) {
      read += message.payload.ToString();
    }
  };
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  ReceiveData(Framed("one") + Framed("two"));
  ReceiveData(Framed("three"));
  EXPECT_EQ(read, "onetwothree");
}

TEST_F(StreamReceiveTest, AStreamMayEndInTheMiddleOfAMessage) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed("cut off").substr(0, 8));
  stream_->OnHeaders(Trailers(), true);
  EXPECT_TRUE(stream_->Drained());
  EXPECT_TRUE(call_->end().has_unread);
  EXPECT_EQ(stream_->message_error(),
            absl::InternalError("the stream ended in the middle of a message"));
}

// gRPC C++'s server does that when a call's deadline passes. Catches: a cut-off
// message that hides the server's status.
TEST_F(StreamReceiveTest, AnErrorStatusExplainsWhyAMessageIsNotWhole) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed("whole") + Framed("cut off").substr(0, 8));
  stream_->OnHeaders(Trailers("4"), true);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kEnd);
  EXPECT_EQ(stream_->message_error(), absl::OkStatus());
}

TEST_F(StreamReceiveTest, ABrokenMessageDoesNotEndTheStream) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  ReceiveData(Framed("good") + std::string("\2\0\0\0\1x", 6));
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kBroken);
  EXPECT_EQ(stream_->message_error().code(), absl::StatusCode::kInternal);
}

TEST_F(StreamReceiveTest, AMessageThatIsTooLongIsKnownByItsPrefix) {
  ConnectionOptions options;
  options.max_receive_message_size = 10;
  StartStream(options, absl::InfiniteFuture());
  stream_->OnHeaders(ResponseHeaders(), false);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  ReceiveData(std::string("\0\0\0\0\13", 5));
  EXPECT_EQ(call_->events(), (Strings{"headers", "ready"}));
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kBroken);
  EXPECT_EQ(stream_->message_error().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(StreamReceiveTest, AnErrorDropsUnreadMessages) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed("unread"));
  stream_->OnReset(Http2ErrorCode::kInternalError);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kEnd);
  EXPECT_TRUE(stream_->Drained());
}

TEST_F(StreamReceiveTest, ACancelAfterTheEndDropsUnreadMessages) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed("unread"));
  stream_->OnHeaders(Trailers(), true);
  EXPECT_FALSE(stream_->Drained());
  stream_->Cancel(absl::CancelledError("enough"));
  EXPECT_TRUE(stream_->Drained());
  EXPECT_TRUE(call_->status().ok()) << "it had ended";
}

// ---- Flow control

TEST_F(StreamReceiveTest, ReadBytesAreReturnedInQuarters) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed(std::string(20000, 'x')));
  EXPECT_EQ(TakeIncrement(), 0u) << "the call has not read";
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(TakeIncrement(), 20005u);
  ReceiveData(Framed(std::string(100, 'x')));
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(TakeIncrement(), 0u) << "not worth a frame";
}

TEST_F(StreamReceiveTest, PaddingIsReturnedAtOnce) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  for (int i = 0; i < 100; ++i) ReceiveData("", false, /*padding=*/256);
  EXPECT_GE(TakeIncrement(), 16384u);
}

TEST_F(StreamReceiveTest, AMessageThatIsWaitedForIsGrantedWhole) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  ReceiveData(std::string("\0\0\x10\0\0", 5));  // announces 1 MiB
  EXPECT_GE(TakeIncrement(), (1u << 20) - kDefaultWindow);
}

TEST_F(StreamReceiveTest, AMessageThatNobodyWaitsForIsNotGranted) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(std::string("\0\0\x10\0\0", 5));
  EXPECT_EQ(TakeIncrement(), 0u);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  EXPECT_GE(TakeIncrement(), (1u << 20) - kDefaultWindow);
}

TEST_F(StreamReceiveTest, PastTheWindowTheStreamIsReset) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(std::string(kDefaultWindow, '\0'));
  EXPECT_FALSE(call_->ended());
  ReceiveData("x");
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(reset(), Http2ErrorCode::kFlowControlError);
}

TEST_F(StreamReceiveTest, ALargerWindowTakesMore) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  stream_->SetReceiveWindow(100000);
  ReceiveData(std::string(100000, '\0'));
  EXPECT_FALSE(call_->ended());
}

// Catches: a window that shrinks under a call that waits, and whose message is
// not granted again. The call would wait for good.
TEST_F(StreamReceiveTest, ACallThatWaitsIsGrantedItsMessageUnderALowerWindow) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  Message message;
  const std::string framed = Framed(std::string(60000, 'x'));
  ReceiveData(framed.substr(0, 50000));
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  EXPECT_EQ(TakeIncrement(), 0u) << "all of it may be sent";
  stream_->SetReceiveWindow(20000);
  constexpr uint32_t kBelowZero = 30000;  // 20,000 minus the 50,000
  EXPECT_EQ(TakeIncrement(), kBelowZero + 10005 + 20000)
      << "what is missing, and a window behind it";
  stream_->OnReceiveWindowAcked();
  EXPECT_EQ(TakeIncrement(), 0u);
  ReceiveData(framed.substr(50000));
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
}

// Catches: an acknowledgement that grants nothing to a call that waits. Nothing
// else would, as the peer has no window.
TEST_F(StreamReceiveTest, AnAckGrantsWhatDidNotFitBefore) {
  ConnectionOptions options;
  options.stream_window = kMaxWindow;
  StartStream(options, absl::InfiniteFuture());
  stream_->OnHeaders(ResponseHeaders(), false);
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kWait);
  stream_->SetReceiveWindow(0);
  EXPECT_EQ(TakeIncrement(), 0u) << "the old window is full";
  stream_->OnReceiveWindowAcked();
  EXPECT_EQ(TakeIncrement(), 5u) << "for the next message's prefix";
}

TEST_F(StreamReceiveTest, AnEndedStreamSendsNoUpdates) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  ReceiveData(Framed(std::string(30000, 'x')));
  stream_->OnHeaders(Trailers(), true);
  TakePut();
  Message message;
  EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(TakeIncrement(), 0u);
}

}  // namespace
}  // namespace loopy
