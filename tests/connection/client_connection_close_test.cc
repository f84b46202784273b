#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"

// The end of a connection, in the order (a) to (e) (contract, 2;
// docs/close.md), above all while a write hangs. The case that this transport
// began with: grpc-go #7606, where Close waited for a lock that the stuck
// writer held.

namespace loopy {
namespace {

using ClientConnectionCloseTest = ConnectionFixture;
using Processed = StreamEnd::Processed;

const absl::Status kWhy = absl::UnavailableError("the channel is gone");
constexpr char kGoAway[] = "GOAWAY 0 NO_ERROR: client transport shutdown";

TEST_F(ClientConnectionCloseTest, WritesGoAwayAndReleasesTheEndpoint) {
  Connect();
  connection_->Close(kWhy);
  EXPECT_EQ(owner_->disconnect(), kWhy);
  EXPECT_EQ(Describe(TakeFrames()), Strings{kGoAway});
  EXPECT_FALSE(endpoint_->shutdown().has_value()) << "it is being written";
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_TRUE(endpoint_->shutdown().has_value());
  EXPECT_FALSE(endpoint_->aborted()) << "the kernel still has to send it";
  EXPECT_EQ(clock_.pending_timers(), 0u);
  EXPECT_FALSE(owner_->released()) << "a read is under way";
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

// The seed's case. Catches: a Close that waits for the write or takes the
// writer's lock; streams that are failed after the GOAWAY was written; a linger
// without an end (each was tried: the first hangs, the others fail here).
TEST_F(ClientConnectionCloseTest, ReturnsWhileTheGoAwayWriteHangs) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  endpoint_->SetWriteMode(FakeEndpoint::WriteMode::kStuck);
  connection_->Close(kWhy);
  EXPECT_EQ(call.status(), kWhy) << "at once";
  EXPECT_EQ(connection_->active_streams(), 0u);
  EXPECT_EQ(Describe(TakeFrames()), Strings{kGoAway})
      << "it hangs in this write";
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(endpoint_->shutdown().has_value());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted()) << "the linger is over";
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionCloseTest, ReturnsWhileAnEarlierWriteHangs) {
  Connect();
  TestCall call = StartCall();
  EXPECT_FALSE(call.Send(std::string(1 << 20, 'x')));
  MakeWriteStuck();
  TakeFrames();
  connection_->Close(kWhy);
  EXPECT_EQ(call.status(), kWhy);
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(endpoint_->shutdown().has_value());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted());
  EXPECT_EQ(Describe(TakeFrames()), Strings{}) << "GOAWAY had no chance";
}

TEST_F(ClientConnectionCloseTest, ReturnsWhileAWriteHangsWithoutStreams) {
  Connect();
  MakeWriteStuck();
  connection_->Close(kWhy);
  EXPECT_EQ(owner_->disconnect(), kWhy);
  clock_.Advance(absl::Seconds(1));
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionCloseTest, ReturnsBeforeThePeerHasSaidAnything) {
  Start();
  TestCall call = StartCall();
  connection_->Close(kWhy);
  EXPECT_EQ(call.status(), kWhy);
  PeerSettings();
  EXPECT_FALSE(owner_->ready()) << "it is closed already";
}

// Fails if the peer's first SETTINGS make a connection ready whose owner was
// notified of its end: it drains, and has a call left.
TEST_F(ClientConnectionCloseTest, DrainsBeforeThePeerHasSaidAnything) {
  Start();
  TestCall call = StartCall();
  connection_->Drain(kWhy);
  EXPECT_TRUE(owner_->disconnect().has_value());
  PeerSettings();
  EXPECT_FALSE(owner_->ready());
  EXPECT_FALSE(call.ended());
}

// The peer reads again within the linger: it sees GOAWAY as the last frame.
TEST_F(ClientConnectionCloseTest, GoAwayIsTheLastFrameOfAPeerThatReadsAgain) {
  Connect();
  TestCall call = StartCall();
  EXPECT_FALSE(call.Send(std::string(1 << 20, 'x')));
  MakeWriteStuck();
  connection_->Close(kWhy);
  clock_.Advance(absl::Milliseconds(500));
  Unstick();
  EXPECT_EQ(ReadTexts().back(), kGoAway);
  EXPECT_TRUE(owner_->released());
  EXPECT_FALSE(endpoint_->aborted());
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

// A socket that is closed while the kernel has bytes to send loses them, GOAWAY
// included, as soon as the peer sends something. Catches: a linger that ends
// when GOAWAY is in the kernel.
TEST_F(ClientConnectionCloseTest, LingersUntilTheKernelHasSentGoAway) {
  Connect();
  endpoint_->SetHasUnsentBytes(true);
  connection_->Close(kWhy);
  EXPECT_EQ(ReadTexts().back(), kGoAway);
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_FALSE(endpoint_->shutdown().has_value());
  endpoint_->SetHasUnsentBytes(false);
  clock_.Advance(absl::Milliseconds(10));
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
  EXPECT_FALSE(endpoint_->aborted());
}

TEST_F(ClientConnectionCloseTest, GivesUpOnAGoAwayThatThePeerDoesNotRead) {
  Connect();
  endpoint_->SetHasUnsentBytes(true);
  connection_->Close(kWhy);
  EXPECT_EQ(ReadTexts().back(), kGoAway);
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(endpoint_->shutdown().has_value());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted());
}

TEST_F(ClientConnectionCloseTest, TheLingerIsAnOption) {
  ConnectionOptions options;
  options.goaway_timeout = absl::Milliseconds(50);
  Connect(options);
  MakeWriteStuck();
  connection_->Close(kWhy);
  clock_.Advance(absl::Milliseconds(49));
  EXPECT_FALSE(endpoint_->shutdown().has_value());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted());
}

TEST_F(ClientConnectionCloseTest, ClosingTwiceIsHarmless) {
  Connect();
  TestCall call = StartCall();
  MakeWriteStuck();
  connection_->Close(kWhy);
  connection_->Close(absl::UnavailableError("again"));
  EXPECT_EQ(call.status(), kWhy);
  EXPECT_EQ(owner_->disconnect(), kWhy);
  clock_.Advance(absl::Seconds(1));
  endpoint_->Pump();
  connection_->Close(absl::UnavailableError("and again"));
  connection_->Drain(absl::UnavailableError("and again"));
  EXPECT_TRUE(owner_->released());
}

// Catches: a close that calls back with its lock held, or that fails streams
// which are still in the map (closing again would fail them twice).
TEST_F(ClientConnectionCloseTest, ACallMayCloseInsideItsEnd) {
  Connect();
  MakeWriteStuck();
  for (int i = 0; i < 3; ++i) {
    StartCall().call->on_end = [this] {
      connection_->Close(absl::UnavailableError("from a callback"));
      EXPECT_EQ(connection_->active_streams(), 0u);
    };
  }
  connection_->Close(kWhy);
  for (const TestCall& call : calls_) EXPECT_EQ(call.status(), kWhy);
}

TEST_F(ClientConnectionCloseTest, ACallMayCloseWhenThePeerEndsIt) {
  Connect();
  TestCall call = StartCall();
  TestCall other = StartCall();
  call.call->on_end = [this] { connection_->Close(kWhy); };
  Feed(FrameBuilder().RstStream(1, Http2ErrorCode::kCancel));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(other.status(), kWhy);
}

TEST_F(ClientConnectionCloseTest, ItsOwnerMayCloseInsideOnDisconnect) {
  Connect();
  TestCall call = StartCall();
  owner_->on_disconnect = [this] { connection_->Close(kWhy); };
  Feed(FrameBuilder().GoAway(0x7fffffff, Http2ErrorCode::kNoError));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(connection_->active_streams(), 0u);
}

// The reason is taken in step (a). Catches: a text without the peer's reason.
TEST_F(ClientConnectionCloseTest, TheTextTellsOfAGoAwayThatCameBefore) {
  Connect();
  TestCall call = StartCall();
  MakeWriteStuck();
  Feed(FrameBuilder().GoAway(0x7fffffff, Http2ErrorCode::kNoError,
                             "going \"down\"\n"));
  EXPECT_FALSE(call.ended());
  connection_->Close(kWhy);
  EXPECT_EQ(call.status(),
            absl::UnavailableError(
                "closing transport due to: the channel is gone, received "
                "prior goaway: code: NO_ERROR, debug data: "
                "\"going \\\"down\\\"\\n\""));
}

TEST_F(ClientConnectionCloseTest, AStreamThatWaitedWasNotSent) {
  Connect();
  PeerSettings({{3, 1}});
  TestCall open = StartCall();
  TestCall waiting = StartCall();
  DropFrames();
  connection_->Close(kWhy);
  EXPECT_EQ(open.call->end().processed, Processed::kPossiblyProcessed);
  EXPECT_EQ(waiting.call->end().processed, Processed::kNotSentOnWire);
}

// HEADERS that are behind a stuck write were not sent either.
TEST_F(ClientConnectionCloseTest, HeadersThatWereNotWrittenWereNotSent) {
  Connect();
  MakeWriteStuck();
  TestCall call = StartCall();
  connection_->Close(kWhy);
  EXPECT_EQ(call.call->end().processed, Processed::kNotSentOnWire);
}

// ---- Calls that come late

TEST_F(ClientConnectionCloseTest, ACallThatComesLateIsToldSo) {
  Connect();
  connection_->Close(kWhy);
  TestCall lingering = StartCall();
  EXPECT_EQ(lingering.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(lingering.call->end().processed, Processed::kNotSentOnWire);
  DropFrames();
  ASSERT_TRUE(owner_->released());
  TestCall late = StartCall();
  EXPECT_EQ(late.call->end().processed, Processed::kNotSentOnWire);
  // TearDown sees whether the connection is held by what was put.
}

// ---- Other ends

TEST_F(ClientConnectionCloseTest, ThePeerMayCloseTheSocket) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  endpoint_->CloseByPeer();
  EXPECT_EQ(call.status(), absl::UnavailableError("Socket closed"));
  EXPECT_TRUE(owner_->released()) << "there is nobody to linger for";
  EXPECT_EQ(owner_->disconnect_info().reason,
            DisconnectInfo::Reason::kSocketError);
}

TEST_F(ClientConnectionCloseTest, ThePeerMayCloseTheSocketWhileAWriteHangs) {
  Connect();
  TestCall call = StartCall();
  MakeWriteStuck();
  endpoint_->CloseByPeer();
  EXPECT_EQ(call.status(), absl::UnavailableError("Socket closed"));
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionCloseTest, ThePeerMayCloseTheSocketWhileWeLinger) {
  Connect();
  MakeWriteStuck();
  connection_->Close(kWhy);
  endpoint_->CloseByPeer();
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
  EXPECT_EQ(clock_.pending_timers(), 0u) << "no need to wait for the timer";
}

TEST_F(ClientConnectionCloseTest, AWriteMayFail) {
  Connect();
  TestCall call = StartCall();
  EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  EXPECT_EQ(owner_->disconnect(), absl::UnavailableError("broken pipe"));
  EXPECT_FALSE(call.ended()) << "the peer may have said why";
  endpoint_->CloseByPeer();
  endpoint_->Pump();
  EXPECT_EQ(call.status(), absl::UnavailableError("broken pipe"));
  EXPECT_TRUE(owner_->released());
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

// Catches: calls that wait for good when the reader does not end by itself.
TEST_F(ClientConnectionCloseTest, AReaderHasLittleTimeAfterAFailedWrite) {
  Connect();
  TestCall call = StartCall();
  EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  clock_.Advance(ConnectionCloser::ReadAfterFailedWrite());
  endpoint_->Pump();
  EXPECT_EQ(call.status(), absl::UnavailableError("broken pipe"));
  EXPECT_TRUE(owner_->released());
}

// Catches: a GOAWAY that is not read because a write failed first. gRPC would
// not repeat calls that the server has not seen.
TEST_F(ClientConnectionCloseTest, AGoAwayIsReadAfterAFailedWrite) {
  Connect();
  TestCall call = StartCall();
  EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  Feed(FrameBuilder().GoAway(0, Http2ErrorCode::kNoError));
  EXPECT_EQ(call.call->end().processed, StreamEnd::Processed::kNotSeenByServer);
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionCloseTest, TheGoAwayWriteMayFail) {
  Connect();
  connection_->Close(kWhy);
  EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

TEST_F(ClientConnectionCloseTest, NobodyNeedsToHoldAConnectionThatEnds) {
  Connect();
  connection_->Close(kWhy);
  connection_.reset();
  DropFrames();
  EXPECT_TRUE(owner_->released());
  EXPECT_TRUE(endpoint_->destroyed());
}

}  // namespace
}  // namespace loopy
