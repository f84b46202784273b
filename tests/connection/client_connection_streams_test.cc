#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"

// SETTINGS, calls, and the peer's limit on streams.

namespace loopy {
namespace {

using ClientConnectionStreamsTest = ConnectionFixture;
using Processed = StreamEnd::Processed;

constexpr uint16_t kMaxConcurrentStreams = 3;

// Catches: a WINDOW_UPDATE before SETTINGS, which servers answer by closing the
// connection (RFC 9113 section 3.4).
TEST_F(ClientConnectionStreamsTest, BeginsWithThePrefaceAndItsSettings) {
  ConnectionOptions options;
  options.stream_window = 100000;
  options.connection_window = 1000000;
  options.max_frame_size = 20000;
  Start(options);
  EXPECT_FALSE(owner_->ready());
  const std::vector<WrittenFrame> frames = ReadFrames();
  EXPECT_EQ(Describe(frames), (Strings{"SETTINGS", "WINDOW_UPDATE 0 +934465"}));
  std::map<uint16_t, uint32_t> settings;
  for (const Setting& s : frames.front().settings.settings) {
    settings[s.id] = s.value;
  }
  EXPECT_EQ(settings, (std::map<uint16_t, uint32_t>{
                          {2, 0}, {4, 100000}, {5, 20000}, {6, 16384}}));
}

TEST_F(ClientConnectionStreamsTest, IsReadyWithThePeersFirstSettings) {
  Start();
  PeerSettings();
  EXPECT_TRUE(owner_->ready());
  PeerSettings();
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS", "SETTINGS ACK", "SETTINGS ACK"}));
}

// Catches: a write each for the preface, the ACK and the first request.
TEST_F(ClientConnectionStreamsTest, TheFirstCallSharesTheFirstWrite) {
  clock_.is_busy = true;
  Start();
  PeerSettings();
  EXPECT_TRUE(owner_->ready());
  StartCall();
  EXPECT_EQ(endpoint_->writes().size(), 1u);
  clock_.RunIdle();
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS", "SETTINGS ACK", "HEADERS 1"}));
  EXPECT_EQ(endpoint_->writes().size(), 1u);
}

// Catches: a client that waits for the server to speak first, or for a call.
TEST_F(ClientConnectionStreamsTest, TheFirstWritesWaitForNobody) {
  clock_.is_busy = true;
  Start();
  EXPECT_EQ(ReadTexts(), Strings{});
  clock_.RunIdle();
  EXPECT_EQ(ReadTexts(), Strings{"SETTINGS"});
  clock_.is_busy = true;
  PeerSettings();
  EXPECT_EQ(ReadTexts(), Strings{});
  clock_.RunIdle();
  EXPECT_EQ(ReadTexts(), Strings{"SETTINGS ACK"});
  PeerSettings();
  EXPECT_EQ(ReadTexts(), Strings{"SETTINGS ACK"});
}

TEST_F(ClientConnectionStreamsTest, AConnectionMayEndBeforeItsFirstWrite) {
  clock_.is_busy = true;
  Start();
  endpoint_->CloseByPeer();
  Pump();
  EXPECT_TRUE(owner_->released());
  clock_.RunIdle();
}

TEST_F(ClientConnectionStreamsTest, ParsesWhatTheHandshakeReadTooMuch) {
  Start(WithoutBdp(), FrameBuilder().Settings({}).Ping(7).buffer());
  EXPECT_TRUE(owner_->ready());
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS", "SETTINGS ACK", "PING ACK 7"}));
}

TEST_F(ClientConnectionStreamsTest, CarriesACall) {
  Connect();
  TestCall call = StartCall();
  EXPECT_TRUE(call.Send("question", /*end_stream=*/true));
  const std::vector<WrittenFrame> frames = ReadFrames();
  EXPECT_EQ(Describe(frames),
            (Strings{"HEADERS 1", "DATA 1, 13 bytes, END_STREAM"}));
  EXPECT_EQ(frames[0].headers.Find(":path"), "/service/method");
  EXPECT_EQ(frames[1].payload, Framed("question"));
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Framed("answer")));
  Feed(Trailers(1));
  Message message;
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(message.payload.ToString(), "answer");
  EXPECT_EQ(call.call->events(), (Strings{"headers", "end"}));
  EXPECT_TRUE(call.status().ok());
  EXPECT_EQ(connection_->active_streams(), 0u);
  EXPECT_EQ(ReadTexts(), Strings{});
}

TEST_F(ClientConnectionStreamsTest, IdsAreOddRiseAndAreNotUsedAgain) {
  Connect();
  for (uint32_t id = 1; id < 100; id += 2) {
    TestCall call = StartCall();
    EXPECT_EQ(call.id(), id);
    if (id % 4 == 1) call.Cancel();
  }
  uint32_t last = 0;
  for (const WrittenFrame& frame : ReadFrames()) {
    if (frame.type != FrameType::kHeaders) continue;
    EXPECT_GT(frame.stream_id, last);
    EXPECT_EQ(frame.stream_id % 2, 1u);
    last = frame.stream_id;
  }
  EXPECT_EQ(last, 99u);
}

TEST_F(ClientConnectionStreamsTest, ThePeerMayEndACallWhileWeSend) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(Trailers(1, "8"));
  EXPECT_TRUE(call.status().ok()) << "the trailers say why";
  EXPECT_EQ(call.call->trailers().Find("grpc-status"), "8");
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 NO_ERROR"});
}

TEST_F(ClientConnectionStreamsTest, ACancelledCallIsReset) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  call.Cancel();
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"});
  Feed(ResponseHeaders(1));  // was under way: no error
  Feed(FrameBuilder().Data(1, "late").WindowUpdate(1, 5).RstStream(
      1, Http2ErrorCode::kCancel));
  EXPECT_EQ(ReadTexts(), Strings{});
  EXPECT_FALSE(owner_->disconnect().has_value());
}

TEST_F(ClientConnectionStreamsTest, AnErrorOfOneStreamIsItsOwn) {
  Connect();
  TestCall bad = StartCall();
  TestCall good = StartCall();
  DropFrames();
  Feed(FrameBuilder().Data(1, "x"));  // before HEADERS
  EXPECT_EQ(bad.status().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(good.ended());
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 PROTOCOL_ERROR"});
}

TEST_F(ClientConnectionStreamsTest, AHeaderListAboveOurLimitEndsItsCall) {
  Connect();
  TestCall call = StartCall();
  TestCall other = StartCall();
  DropFrames();
  HeaderList headers;
  headers.Add(":status", "200");
  headers.Add("x", std::string(16384, 'v'));
  Feed(FrameBuilder().Headers(1, Block(headers)));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kResourceExhausted);
  Feed(ResponseHeaders(3));
  EXPECT_EQ(other.call->events(), Strings{"headers"}) << "the table is whole";
}

// RFC 9113 section 8.1.1.
TEST_F(ClientConnectionStreamsTest, AMalformedResponseEndsItsStreamAlone) {
  Connect();
  TestCall call = StartCall();
  TestCall other = StartCall();
  DropFrames();
  HeaderList headers;
  headers.Add(":status", "200");
  headers.Add("Upper", "case");
  Feed(FrameBuilder().Headers(1, Block(headers)));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 PROTOCOL_ERROR"});
  Feed(ResponseHeaders(3));
  EXPECT_EQ(other.call->events(), Strings{"headers"});
}

TEST_F(ClientConnectionStreamsTest, AHeaderListAboveThePeersLimitIsNotSent) {
  Connect();
  PeerSettings({{6, 100}});
  DropFrames();
  TestCall call = StartCall();
  EXPECT_EQ(call.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(call.call->end().processed, Processed::kNotSentOnWire)
      << "a retry would be the same";
  EXPECT_EQ(ReadTexts(), Strings{});
  EXPECT_EQ(connection_->active_streams(), 0u);
}

// ---- The peer's limit on streams

TEST_F(ClientConnectionStreamsTest, BeforeTheFirstSettingsAHundredAreOpened) {
  Start();
  for (int i = 0; i < 103; ++i) StartCall();
  size_t headers = 0;
  for (const WrittenFrame& frame : ReadFrames()) {
    if (frame.type == FrameType::kHeaders) ++headers;
  }
  EXPECT_EQ(headers, 100u);
  EXPECT_EQ(connection_->active_streams(), 103u);
  PeerSettings();  // without a limit
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS ACK", "HEADERS 201", "HEADERS 203",
                                  "HEADERS 205"}));
}

TEST_F(ClientConnectionStreamsTest, WaitingStreamsAreOpenedInOrder) {
  Connect();
  PeerSettings({{kMaxConcurrentStreams, 1}});
  DropFrames();
  TestCall first = StartCall();
  TestCall second = StartCall();
  TestCall third = StartCall();
  EXPECT_FALSE(second.Send("early", /*end_stream=*/true));
  EXPECT_EQ(ReadTexts(), Strings{"HEADERS 1"});
  EXPECT_EQ(second.call->events(), Strings{});
  Feed(FrameBuilder().RstStream(1, Http2ErrorCode::kInternalError));
  EXPECT_EQ(ReadTexts(),
            (Strings{"HEADERS 3", "DATA 3, 10 bytes, END_STREAM"}));
  EXPECT_EQ(second.id(), 3u);
  EXPECT_EQ(second.call->events(), (Strings{"opened", "accepted"}));
  PeerSettings({{kMaxConcurrentStreams, 2}});
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS ACK", "HEADERS 5"}));
  EXPECT_EQ(third.id(), 5u);
}

// Catches: a limit that is reported only when the peer changes it, or each time
// that it sends SETTINGS.
TEST_F(ClientConnectionStreamsTest, TellsItsOwnerOfTheLimit) {
  Connect();
  PeerSettings({{kMaxConcurrentStreams, 7}});
  PeerSettings({{kMaxConcurrentStreams, 7}});
  EXPECT_EQ(owner_->max_concurrent_streams(),
            (std::vector<uint32_t>{0xffffffff, 7}));
}

// Catches: the next stream's HEADERS before the RST_STREAM that frees a slot
// for it. The peer would refuse it.
TEST_F(ClientConnectionStreamsTest, RoomIsMadeBeforeItIsUsed) {
  Connect();
  PeerSettings({{kMaxConcurrentStreams, 1}});
  TestCall first = StartCall();
  StartCall();
  DropFrames();
  first.Cancel();
  EXPECT_EQ(ReadTexts(), (Strings{"RST_STREAM 1 CANCEL", "HEADERS 3"}));
}

TEST_F(ClientConnectionStreamsTest, AWaitingStreamCanBeCancelled) {
  Connect();
  PeerSettings({{kMaxConcurrentStreams, 0}});
  TestCall call = StartCall();
  EXPECT_FALSE(call.Send("never", true)) << "it has no place yet";
  call.Cancel();
  EXPECT_TRUE(call.ended());
  PeerSettings({{kMaxConcurrentStreams, 5}});
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS ACK", "SETTINGS ACK"}));
  EXPECT_EQ(connection_->active_streams(), 0u);
}

TEST_F(ClientConnectionStreamsTest, ALimitMayBeBelowWhatIsOpen) {
  Connect();
  TestCall one = StartCall();
  TestCall two = StartCall();
  PeerSettings({{kMaxConcurrentStreams, 1}});
  TestCall three = StartCall();
  EXPECT_EQ(ReadTexts(), (Strings{"HEADERS 1", "SETTINGS ACK", "HEADERS 3"}));
  one.Cancel();
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"});
  two.Cancel();
  EXPECT_EQ(ReadTexts(), (Strings{"RST_STREAM 3 CANCEL", "HEADERS 5"}));
}

// ---- Ids

// Catches: a check of the ids that is left out for streams that have waited.
// Ids past 2^31 would go out.
TEST_F(ClientConnectionStreamsTest, WaitingStreamsDoNotUseUpTheIds) {
  ConnectionOptions options = WithoutBdp();
  options.first_stream_id = StreamMap::kDrainStreamId - 2;
  Connect(options);
  PeerSettings({{kMaxConcurrentStreams, 1}});
  TestCall first = StartCall();
  TestCall second = StartCall();
  TestCall third = StartCall();
  EXPECT_EQ(first.id(), StreamMap::kDrainStreamId - 2);
  EXPECT_FALSE(owner_->disconnect().has_value());
  PeerSettings({{kMaxConcurrentStreams, 5}});
  EXPECT_EQ(second.id(), StreamMap::kDrainStreamId);
  EXPECT_FALSE(second.ended());
  EXPECT_TRUE(owner_->disconnect().has_value()) << "calls go elsewhere";
  EXPECT_EQ(third.call->end().processed, StreamEnd::Processed::kNotSentOnWire);
  EXPECT_EQ(third.status().code(), absl::StatusCode::kUnavailable);
}

// ---- To free memory

// Catches: all streams that are ended for the sake of one's memory, and a peer
// that goes on sending.
TEST_F(ClientConnectionStreamsTest, OneStreamIsAbandonedAtATime) {
  Connect();
  TestCall one = StartCall();
  TestCall two = StartCall();
  DropFrames();
  const absl::Status why = absl::ResourceExhaustedError("Buffers full");
  EXPECT_TRUE(connection_->AbandonStream(why)) << "there is another";
  EXPECT_NE(one.ended(), two.ended());
  EXPECT_EQ((one.ended() ? one : two).status(), why);
  const Strings resets = ReadTexts();
  ASSERT_EQ(resets.size(), 1u);
  EXPECT_NE(resets[0].find("ENHANCE_YOUR_CALM"), std::string::npos);
  EXPECT_EQ(owner_->idle(), 0);
  EXPECT_FALSE(connection_->AbandonStream(why));
  EXPECT_EQ(owner_->idle(), 1);
  EXPECT_FALSE(connection_->AbandonStream(why)) << "none is left";
}

TEST_F(ClientConnectionStreamsTest, OnlyAnIdleConnectionIsGivenUp) {
  Connect();
  TestCall call = StartCall();
  connection_->DrainIfIdle(absl::ResourceExhaustedError("Buffers full"));
  EXPECT_FALSE(owner_->disconnect().has_value());
  call.Cancel();
  connection_->DrainIfIdle(absl::ResourceExhaustedError("Buffers full"));
  EXPECT_TRUE(owner_->disconnect().has_value());
}

// ---- Drain

TEST_F(ClientConnectionStreamsTest, ADrainedConnectionTakesNoStreams) {
  Connect();
  TestCall call = StartCall();
  connection_->Drain(absl::UnavailableError("enough"));
  EXPECT_EQ(owner_->disconnect(), absl::UnavailableError("enough"));
  TestCall late = StartCall();
  EXPECT_EQ(late.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(late.call->end().processed, Processed::kNotSentOnWire);
  EXPECT_FALSE(call.ended());
  DropFrames();
  EXPECT_FALSE(our_goaway_.has_value());
  call.Cancel();
  DropFrames();
  EXPECT_TRUE(our_goaway_.has_value()) << "the last stream has ended";
}

TEST_F(ClientConnectionStreamsTest, AnIdleConnectionDrainsAtOnce) {
  Connect();
  connection_->Drain(absl::UnavailableError("enough"));
  connection_->Drain(absl::UnavailableError("again"));
  DropFrames();
  EXPECT_TRUE(our_goaway_.has_value());
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionStreamsTest, WhatWaitsIsOpenedWhileTheRestDrains) {
  Connect();
  PeerSettings({{kMaxConcurrentStreams, 0}});
  TestCall waiting = StartCall();
  DropFrames();
  connection_->Drain(absl::UnavailableError("enough"));
  PeerSettings({{kMaxConcurrentStreams, 1}});
  EXPECT_EQ(ReadTexts(), (Strings{"SETTINGS ACK", "HEADERS 1"}));
  Feed(FrameBuilder().RstStream(1, Http2ErrorCode::kCancel));
  EXPECT_TRUE(waiting.ended());
}

// Catches: a stream that waits although it is to go to another connection.
TEST_F(ClientConnectionStreamsTest, AStreamAboveTheLimitMayBeRejected) {
  ConnectionOptions options = WithoutBdp();
  options.rejects_streams_above_limit = true;
  Connect(options);
  PeerSettings({{kMaxConcurrentStreams, 1}});
  TestCall first = StartCall();
  TestCall second = StartCall();
  EXPECT_FALSE(first.ended());
  EXPECT_EQ(second.status(), absl::ResourceExhaustedError("Too many streams"));
  first.Cancel();
  EXPECT_FALSE(StartCall().ended());
}

// Catches: a reader that lets others run before it completes the calls whose
// answers it has read, and a call's thread that never does.
TEST_F(ClientConnectionStreamsTest, CallsYieldToOthersAndTheReaderDoesNot) {
  Connect();
  int yields = 0;
  clock_.on_yield = [&yields] { ++yields; };
  StartCall();
  StartCall();  // while the first one is written
  DropFrames();
  EXPECT_EQ(yields, 1);
  Feed(FrameBuilder().Ping(7));
  StartCall();  // while the reader writes the ACK
  DropFrames();
  EXPECT_EQ(yields, 1);
  clock_.on_yield = nullptr;
}

}  // namespace
}  // namespace loopy
