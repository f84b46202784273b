#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"

// No completion waits for the socket (contract, 1): whatever ends a call, it
// ends it at once, while a write hangs. Each test here fails when streams are
// ended by the writer (an end that is put as an item and reported when it is
// handled).

namespace loopy {
namespace {

class ClientConnectionStuckTest : public ConnectionFixture {
 protected:
  // A call whose large message is in a write that hangs.
  TestCall StuckCall() {
    endpoint_->SetWriteMode(FakeEndpoint::WriteMode::kStuck);
    TestCall call = StartCall();
    EXPECT_FALSE(call.Send(std::string(1 << 20, 'x')));
    EXPECT_TRUE(endpoint_->write_pending());
    return call;
  }

  // A call that has sent a large message, and has another one in a write that
  // hangs.
  TestCall CallWithMessageInStuckWrite() {
    PeerSettings({{4, 2 << 20}});
    Feed(FrameBuilder().WindowUpdate(0, 2 << 20));
    DropFrames();
    TestCall call = StartCall();
    EXPECT_FALSE(call.Send(std::string(1 << 20, 'x')));  // writes become large
    DropFrames();
    endpoint_->SetWriteMode(FakeEndpoint::WriteMode::kStuck);
    EXPECT_FALSE(call.Send(std::string(OutboundStream::kLargeMessage, 'x')));
    EXPECT_TRUE(endpoint_->write_pending());
    return call;
  }
};

// Catches: a send that completes when its bytes are written.
TEST_F(ClientConnectionStuckTest, ASendIsAcceptedUnderTheQuota) {
  Connect();
  endpoint_->SetWriteMode(FakeEndpoint::WriteMode::kStuck);
  TestCall call = StartCall();
  EXPECT_TRUE(call.Send(std::string(30000, 'x')));
  EXPECT_TRUE(call.Send(std::string(30000, 'x')));
  EXPECT_FALSE(call.Send(std::string(1 << 20, 'x'))) << "exceeds 64 KiB";
  EXPECT_EQ(call.call->events(), Strings{});
  Unstick();
  PeerSettings({{4, 2 << 20}});
  Feed(FrameBuilder().WindowUpdate(0, 2 << 20));
  DropFrames();
  EXPECT_EQ(call.call->events(), Strings{"accepted"});
}

// Catches: a send of a large message that waits for its write, however long.
TEST_F(ClientConnectionStuckTest, ASendOfALargeMessageWaitsForLittleMore) {
  Connect();
  TestCall call = CallWithMessageInStuckWrite();
  EXPECT_EQ(call.call->events(), Strings{"accepted"});
  clock_.Advance(MessagesInWrite::LongestWait());
  EXPECT_EQ(call.call->events(), (Strings{"accepted", "accepted"}));
  EXPECT_TRUE(endpoint_->write_pending());
}

// The fixture looks for timers. Catches: one that is not stopped.
TEST_F(ClientConnectionStuckTest, TheWaitOfALargeMessageEndsWithTheConnection) {
  ConnectionOptions options;
  options.goaway_timeout = MessagesInWrite::LongestWait() / 2;
  Connect(options);
  CallWithMessageInStuckWrite();
}

// Contract 8. Catches: items, links or maps that keep the streams of calls
// which have come and gone while a write is stuck; also where their headers
// wait for the peer's limit, and of a stream that has sent half a message.
TEST_F(ClientConnectionStuckTest, CallsThatEndLeaveNothing) {
  constexpr long kOfTheTest = 2;  // the fixture's and the test's
  Connect();
  PeerSettings({{3, 10}});  // streams at a time
  DropFrames();
  TestCall stuck = StuckCall();
  for (int i = 0; i < 30; ++i) {
    TestCall call = StartCall();
    call.Send(std::string(1000, 'x'), /*end_stream=*/true);
  }
  for (TestCall& call : calls_) {
    if (call.stream == stuck.stream) continue;
    call.Cancel();
    EXPECT_TRUE(call.ended());
    EXPECT_EQ(call.stream.use_count(), kOfTheTest - 1);
  }
  stuck.Cancel();
  // One mark, for its RST_STREAM, and the writer's own.
  EXPECT_LE(stuck.stream.use_count(), kOfTheTest + 2);
  Unstick();
  Pump();
  EXPECT_EQ(stuck.stream.use_count(), kOfTheTest);
}

TEST_F(ClientConnectionStuckTest, ACancelEndsACallAtOnce) {
  Connect();
  TestCall call = StuckCall();
  call.Cancel();
  EXPECT_EQ(call.status(), absl::CancelledError("cancelled"));
  EXPECT_EQ(connection_->active_streams(), 0u);
}

// gRPC ends a call at its deadline by a cancel with that status.
TEST_F(ClientConnectionStuckTest, ADeadlineEndsACallAtOnce) {
  Connect();
  TestCall call = StuckCall();
  clock_.RunAfter(absl::Seconds(2), [&] {
    call.Cancel(absl::DeadlineExceededError("Deadline Exceeded"));
  });
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(call.status(), absl::DeadlineExceededError("Deadline Exceeded"));
  EXPECT_EQ(call.call->events(), Strings{"end"});
}

TEST_F(ClientConnectionStuckTest, AResetEndsACallAtOnce) {
  Connect();
  TestCall call = StuckCall();
  Feed(FrameBuilder().RstStream(1, Http2ErrorCode::kInternalError));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kInternal);
}

TEST_F(ClientConnectionStuckTest, TrailersEndACallAtOnce) {
  Connect();
  TestCall call = StuckCall();
  Feed(ResponseHeaders(1));
  Feed(Trailers(1, "3"));
  EXPECT_TRUE(call.status().ok());
  EXPECT_EQ(call.call->trailers().Find("grpc-status"), "3");
}

TEST_F(ClientConnectionStuckTest, AGoAwayEndsACallAtOnce) {
  Connect();
  TestCall call = StuckCall();
  Feed(FrameBuilder().GoAway(0, Http2ErrorCode::kNoError));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ClientConnectionStuckTest, AProtocolErrorEndsACallAtOnce) {
  Connect();
  TestCall call = StuckCall();
  Feed(FrameBuilder().Data(99, "x"));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ClientConnectionStuckTest, ACloseEndsAllCallsAtOnce) {
  Connect();
  StuckCall();
  for (int i = 0; i < 50; ++i) StartCall();
  connection_->Close(absl::UnavailableError("closed"));
  for (const TestCall& call : calls_) {
    EXPECT_EQ(call.status(), absl::UnavailableError("closed"));
  }
}

// Buffers in flight stay alive by reference: a write that goes on after its
// call has ended reads them (the sanitizers watch).
TEST_F(ClientConnectionStuckTest, AWriteOutlivesItsCall) {
  Connect();
  {
    TestCall call = StuckCall();
    call.Cancel();
    calls_.clear();
  }
  Unstick();
  const Strings texts = ReadTexts();
  EXPECT_EQ(texts.front(), "HEADERS 1");
  EXPECT_EQ(texts.back(), "RST_STREAM 1 CANCEL");
}

// Catches: HEADERS of a stream that has ended before they were written.
TEST_F(ClientConnectionStuckTest, ACallThatEndsUnwrittenIsNeverSeen) {
  Connect();
  MakeWriteStuck();
  TestCall call = StartCall();
  EXPECT_TRUE(call.Send("never", /*end_stream=*/true));
  call.Cancel();
  TakeFrames();
  Unstick();
  EXPECT_EQ(ReadTexts(), Strings{});
}

TEST_F(ClientConnectionStuckTest, AResponseIsReadWhileAWriteHangs) {
  Connect();
  TestCall call = StuckCall();
  Feed(ResponseHeaders(1));
  size_t received = 0;
  for (int i = 0; i < 100; ++i) {
    Feed(FrameBuilder().Data(1, Framed(std::string(10000, 'r'))));
    Message message;
    ASSERT_EQ(call.stream->NextMessage(&message), Stream::Next::kMessage);
    received += message.payload.size();
  }
  EXPECT_EQ(received, 1000000u);
  EXPECT_TRUE(endpoint_->read_pending());
}

// ---- Keepalive works while a write is stuck

class StuckKeepaliveTest : public ClientConnectionStuckTest {
 protected:
  void ConnectWithKeepalive() {
    ConnectionOptions options = WithoutBdp();
    options.keepalive_time = absl::Seconds(10);
    options.keepalive_timeout = absl::Seconds(3);
    Connect(options);
  }
};

// Catches: a watchdog that starts when the PING is written (chttp2's).
TEST_F(StuckKeepaliveTest, TheWatchdogDoesNotWaitForTheWrite) {
  ConnectWithKeepalive();
  TestCall call = StuckCall();
  clock_.Advance(absl::Seconds(13) - absl::Milliseconds(1));
  EXPECT_FALSE(call.ended());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(call.status(),
            absl::UnavailableError("keepalive watchdog timeout"));
  EXPECT_EQ(owner_->disconnect_info().reason,
            DisconnectInfo::Reason::kKeepaliveTimeout);
  EXPECT_TRUE(endpoint_->aborted()) << "the peer is gone: no linger";
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

TEST_F(StuckKeepaliveTest, AReadIsASignOfLife) {
  ConnectWithKeepalive();
  TestCall call = StuckCall();
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(absl::Seconds(9));
    Feed(FrameBuilder().WindowUpdate(0, 1));
  }
  EXPECT_FALSE(call.ended());
}

TEST_F(StuckKeepaliveTest, APingIsAnsweredByAnything) {
  ConnectWithKeepalive();
  TestCall call = StartCall();
  DropFrames();
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(ReadTexts(), Strings{"PING 1"});
  clock_.Advance(absl::Seconds(2));
  Feed(FrameBuilder().Ping(1, /*ack=*/true));
  clock_.Advance(absl::Seconds(9));
  EXPECT_FALSE(call.ended());
  EXPECT_EQ(ReadTexts(), Strings{});
}

TEST_F(StuckKeepaliveTest, SleepsWithoutCalls) {
  ConnectWithKeepalive();
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(ReadTexts(), Strings{});
  TestCall call = StartCall();
  clock_.Advance(absl::ZeroDuration());
  EXPECT_EQ(ReadTexts(), (Strings{"HEADERS 1", "PING 1"}))
      << "it slept through its time";
  Feed(Trailers(1));
  EXPECT_TRUE(call.ended());
}

TEST_F(StuckKeepaliveTest, AWaitingStreamIsACall) {
  ConnectWithKeepalive();
  PeerSettings({{3, 0}});
  DropFrames();
  TestCall call = StartCall();
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(ReadTexts(), Strings{"PING 1"});
}

}  // namespace
}  // namespace loopy
