#include "transport/stream/stream.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/stream/stream_fixture.h"

// These tests are about a stream's start, its sending half and its end. Those
// of its receiving half are in stream_receive_test.cc.

namespace loopy {
namespace {

using Strings = std::vector<std::string>;
using Processed = StreamEnd::Processed;

class StreamTest : public StreamFixture {
 protected:
  // Takes DATA as the writer does.
  void TakeBytes(size_t n) {
    SliceBuffer bytes;
    stream_->outbound()->TakeData(n, &bytes);
  }
};

TEST_F(StreamTest, StartAsksForAStreamOnce) {
  StartStream();
  stream_->Start(Headers({}), absl::InfiniteFuture(), call_);
  EXPECT_EQ(owner_->opened, std::vector<uint32_t>{1});
  EXPECT_EQ(stream_->outbound()->request_headers.Find(":path"), "/s/m");
}

TEST_F(StreamTest, AStreamThatWasNeverStartedEndsSilently) {
  stream_ = std::make_shared<Stream>(owner_, &owner_->buffer,
                                     &owner_->fake_clock, ConnectionOptions());
  stream_->Cancel(absl::CancelledError("never mind"));
  stream_->Start(Headers({}), absl::InfiniteFuture(), call_);
  EXPECT_TRUE(owner_->opened.empty());
  EXPECT_TRUE(owner_->closed.empty());
  EXPECT_EQ(call_->events(), Strings{});
  stream_.reset();
}

TEST_F(StreamTest, AMessageIsPutWithItsPrefix) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf("hello"), /*end_stream=*/true),
            Stream::Send::kAccepted);
  const Taken taken = TakePut();
  EXPECT_EQ(taken.bytes, std::string("\0\0\0\0\5hello", 10));
  EXPECT_TRUE(taken.end_stream);
}

TEST_F(StreamTest, EndOfStreamIsPutOnce) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf("x"), /*end_stream=*/false),
            Stream::Send::kAccepted);
  TakePut();
  stream_->SendEndOfStream();
  stream_->SendEndOfStream();
  const Taken taken = TakePut();
  EXPECT_EQ(taken.bytes, "");
  EXPECT_TRUE(taken.end_stream);
  EXPECT_FALSE(TakePut().end_stream);
}

TEST_F(StreamTest, EndOfStreamIsNotPutAfterTheLastMessage) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf("x"), /*end_stream=*/true),
            Stream::Send::kAccepted);
  TakePut();
  stream_->SendEndOfStream();
  EXPECT_FALSE(TakePut().end_stream);
}

// ---- The write quota (contract, 1)

// Catches: a send that completes when it is written. Here nothing is ever
// written.
TEST_F(StreamTest, AMessageIsAcceptedUnderTheQuota) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf(std::string(65000, 'x')), false),
            Stream::Send::kAccepted);
  EXPECT_EQ(stream_->SendMessage(MessageOf("small"), false),
            Stream::Send::kAccepted);
  EXPECT_EQ(TakePut().bytes.size(), 2 * kMessagePrefixSize + 65005);
  EXPECT_EQ(call_->events(), Strings{});
}

// Catches: a message that is kept back until it fits into the quota. A larger
// one never would.
TEST_F(StreamTest, AMessageThatExceedsTheQuotaIsQueuedAtOnce) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf(std::string(1 << 20, 'x')), false),
            Stream::Send::kWaits);
  EXPECT_EQ(TakePut().bytes, Framed(std::string(1 << 20, 'x')));
}

TEST_F(StreamTest, AMessageIsAcceptedWhenTheQuotaIsLeftOfIt) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf(std::string(99995, 'x')), false),
            Stream::Send::kWaits);
  TakeBytes(100000 - 65536 - 1);
  EXPECT_EQ(call_->events(), Strings{}) << "a byte more than the quota is left";
  TakeBytes(1);
  EXPECT_EQ(call_->events(), Strings{"accepted"});
  TakeBytes(65536);
  EXPECT_EQ(call_->events(), Strings{"accepted"}) << "once";
}

TEST_F(StreamTest, TheLastMessageNeverWaits) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf(std::string(1 << 20, 'x')), true),
            Stream::Send::kAccepted);
}

// Catches: a message that waits for ever, because the writer does not report
// the last bytes of a stream.
TEST_F(StreamTest, TheEndOfTheStreamAcceptsAMessageThatWaits) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf(std::string(1 << 20, 'x')), false),
            Stream::Send::kWaits);
  stream_->SendEndOfStream();
  EXPECT_EQ(call_->events(), Strings{"accepted"});
  TakeBytes(1 << 20);
  EXPECT_EQ(call_->events(), Strings{"accepted"}) << "once";
}

TEST_F(StreamTest, AMessageThatWaitsEndsWithItsStream) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf(std::string(99995, 'x')), false),
            Stream::Send::kWaits);
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(call_->events(), Strings{"end"});
  TakeBytes(100000);
  EXPECT_EQ(call_->events(), Strings{"end"});
}

TEST_F(StreamTest, AnEndedStreamTakesMessagesAndDropsThem) {
  StartStream();
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(stream_->SendMessage(MessageOf("x"), false), Stream::Send::kEnded);
  EXPECT_EQ(stream_->SendEndOfStream(), Stream::Send::kEnded);
  EXPECT_EQ(TakePut().bytes, "");
}

TEST_F(StreamTest, ACallMaySendFromInsideOnMessageAccepted) {
  StartStream();
  EXPECT_EQ(stream_->SendMessage(MessageOf(std::string(99995, 'x')), false),
            Stream::Send::kWaits);
  call_->on_message_accepted = [this] {
    EXPECT_EQ(stream_->SendMessage(MessageOf("next"), true),
              Stream::Send::kAccepted);
  };
  EXPECT_EQ(TakePut().bytes, Framed(std::string(99995, 'x')) + Framed("next"));
}

// ---- A slot among the streams that the peer allows

// Catches: operations that complete before the stream has its slot.
TEST_F(StreamTest, SendsWaitForASlot) {
  owner_->must_wait = true;
  stream_ = std::make_shared<Stream>(owner_, &owner_->buffer,
                                     &owner_->fake_clock, ConnectionOptions());
  EXPECT_EQ(stream_->Start(Headers({}), absl::InfiniteFuture(), call_),
            Stream::Send::kWaits);
  EXPECT_EQ(stream_->SendMessage(MessageOf("x"), false), Stream::Send::kWaits);
  EXPECT_EQ(stream_->SendEndOfStream(), Stream::Send::kWaits);
  EXPECT_FALSE(TakePut().headers);
  EXPECT_EQ(call_->events(), Strings{});
  stream_->outbound()->Open();
  stream_->OnOpened();
  EXPECT_EQ(call_->events(), (Strings{"opened", "accepted"}));
  const Taken taken = TakePut();
  EXPECT_TRUE(taken.headers);
  EXPECT_EQ(taken.bytes, Framed("x"));
  EXPECT_TRUE(taken.end_stream);
}

TEST_F(StreamTest, AStreamThatEndsWhileItWaitsLeavesNothing) {
  owner_->must_wait = true;
  stream_ = std::make_shared<Stream>(owner_, &owner_->buffer,
                                     &owner_->fake_clock, ConnectionOptions());
  stream_->Start(Headers({}), absl::InfiniteFuture(), call_);
  stream_->SendMessage(MessageOf("x"), true);
  stream_->Cancel(absl::CancelledError("stop"));
  stream_->outbound()->Open();
  stream_->OnOpened();
  EXPECT_EQ(call_->events(), Strings{"end"});
  EXPECT_FALSE(owner_->buffer.MaybeBecomeWriter());
}

// ---- The end

TEST_F(StreamTest, CancelEndsItAtOnceAndResetsIt) {
  StartStream();
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(call_->status(), absl::CancelledError("stop"));
  EXPECT_EQ(reset(), Http2ErrorCode::kCancel);
}

TEST_F(StreamTest, FailEndsItWithoutAFrame) {
  StartStream();
  EXPECT_TRUE(stream_->Fail(absl::UnavailableError("gone"),
                            Processed::kPossiblyProcessed));
  EXPECT_EQ(call_->status(), absl::UnavailableError("gone"));
  EXPECT_EQ(call_->end().processed, Processed::kPossiblyProcessed);
  EXPECT_EQ(reset(), absl::nullopt);
  EXPECT_FALSE(stream_->Fail(absl::UnavailableError("again"),
                             Processed::kPossiblyProcessed));
}

// Catches: an end that checks under another lock whether the headers were
// written. gRPC would repeat a call that the server has seen.
TEST_F(StreamTest, ARequestThatWasNotWrittenWasNotProcessed) {
  StartUnwritten(ConnectionOptions(), absl::InfiniteFuture());
  stream_->Fail(absl::UnavailableError("gone"), Processed::kPossiblyProcessed);
  EXPECT_EQ(call_->end().processed, Processed::kNotSentOnWire);
  EXPECT_FALSE(TakePut().headers) << "it never will be";
}

// Catches: sizes that only an end by trailers has.
TEST_F(StreamTest, EveryEndHasTheSizesOfHeaderBlocks) {
  StartStream();
  stream_->outbound()->header_bytes = 4000;  // as the loopy writer does
  stream_->OnHeaders(ResponseHeaders(), false, 20);
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(call_->end().sent_header_bytes, 4000u);
  EXPECT_EQ(call_->end().received_header_bytes, 20u);
}

TEST_F(StreamTest, ThePeersResetIsNotAnswered) {
  StartStream();
  stream_->OnReset(Http2ErrorCode::kInternalError);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(call_->end().processed, Processed::kPossiblyProcessed);
  EXPECT_EQ(reset(), absl::nullopt);
}

TEST_F(StreamTest, ARefusedStreamWasNotSeen) {
  StartStream();
  stream_->OnReset(Http2ErrorCode::kRefusedStream);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(call_->end().processed, Processed::kNotSeenByServer);
}

TEST_F(StreamTest, APeersCancelAfterTheDeadlineIsDeadlineExceeded) {
  ConnectionOptions options;
  StartStream(options, owner_->fake_clock.Now() + absl::Seconds(1));
  owner_->fake_clock.Advance(absl::Seconds(1));
  stream_->OnReset(Http2ErrorCode::kCancel);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(StreamTest, APeersCancelBeforeTheDeadlineIsCancelled) {
  ConnectionOptions options;
  StartStream(options, owner_->fake_clock.Now() + absl::Seconds(1));
  owner_->fake_clock.Advance(absl::Milliseconds(999));
  stream_->OnReset(Http2ErrorCode::kCancel);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kCancelled);
}

TEST_F(StreamTest, AnErrorOfThePeerIsAnsweredWithItsCode) {
  StartStream();
  stream_->OnError(Http2Error::Stream(1, Http2ErrorCode::kProtocolError,
                                      absl::StatusCode::kInternal, "bad"));
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(reset(), Http2ErrorCode::kProtocolError);
}

TEST_F(StreamTest, NothingHappensAfterTheEnd) {
  StartStream();
  stream_->OnHeaders(ResponseHeaders(), false);
  stream_->Cancel(absl::CancelledError("stop"));
  stream_->OnHeaders(Trailers(), true);
  ReceiveData(Framed("late"));
  stream_->OnReset(Http2ErrorCode::kCancel);
  stream_->Cancel(absl::CancelledError("again"));
  stream_->OnError(Http2Error::Stream(1, Http2ErrorCode::kProtocolError,
                                      absl::StatusCode::kInternal, "bad"));
  EXPECT_EQ(call_->events(), (Strings{"headers", "end"}));
  EXPECT_EQ(call_->status(), absl::CancelledError("stop"));
}

// OnEnd runs with no lock held, so the call may use its stream inside.
TEST_F(StreamTest, ACallMayUseItsStreamInsideOnEnd) {
  StartStream();
  call_->on_end = [this] {
    Message message;
    EXPECT_EQ(stream_->NextMessage(&message), Stream::Next::kEnd);
    EXPECT_TRUE(stream_->Drained());
    EXPECT_EQ(stream_->SendMessage(MessageOf("x"), true), Stream::Send::kEnded);
    stream_->Cancel(absl::CancelledError("again"));
  };
  stream_->OnReset(Http2ErrorCode::kCancel);
  EXPECT_EQ(call_->events(), Strings{"end"});
}

// The peer, the call and the connection end it at the same time. Catches: an
// end that checks the state and changes it in two locked sections.
TEST_F(StreamTest, ThreadsEndItOnce) {
  for (int i = 0; i < 200; ++i) {
    auto call = std::make_shared<RecordingCall>();
    auto stream = std::make_shared<Stream>(
        owner_, &owner_->buffer, &owner_->fake_clock, ConnectionOptions());
    stream->Start(Headers({}), absl::InfiniteFuture(), call);
    std::vector<std::thread> threads;
    threads.emplace_back([&] { stream->OnHeaders(Trailers(), true); });
    threads.emplace_back([&] { stream->Cancel(absl::CancelledError("stop")); });
    threads.emplace_back([&] {
      stream->Fail(absl::UnavailableError("gone"),
                   Processed::kPossiblyProcessed);
    });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(call->events(), Strings{"end"});
  }
  EXPECT_EQ(owner_->closed.size(), 200u);
}

}  // namespace
}  // namespace loopy
