#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"
#include "transport/reader/peer_limits.h"

// Peers that flood, and peers that break the protocol (contract, 5 and 8).

namespace loopy {
namespace {

using ClientConnectionAbuseTest = ConnectionFixture;

// ---- Floods while a write hangs. The reader never waits for the writer.

// Catches: one item for each WINDOW_UPDATE.
TEST_F(ClientConnectionAbuseTest, WindowUpdatesWithoutEndAreOne) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  MakeWriteStuck();
  for (int i = 0; i < 10000; ++i) {
    Feed(FrameBuilder().WindowUpdate(0, 1).WindowUpdate(1, 1));
    ASSERT_TRUE(endpoint_->read_pending()) << "the reader is parked";
  }
  EXPECT_FALSE(call.ended());
  connection_->control_buffer()->Put(SendPing{77});
  ControlBatch batch;
  connection_->control_buffer()->Take(/*more=*/true, &batch);
  EXPECT_EQ(batch.items.size(), 1u) << "only ours";
  const std::shared_ptr<OutboundStream> stream = batch.TakeStream();
  ASSERT_NE(stream, nullptr);
  EXPECT_EQ(stream->TakeWork().from_peer, 10000u);
  EXPECT_EQ(batch.TakeStream(), nullptr);
  EXPECT_EQ(batch.connection_from_peer, 10000u);
}

// Catches: the reader still holds the stream of the frame before, and with it
// the connection (the fixture sees that).
TEST_F(ClientConnectionAbuseTest, AnErrorLetsGoOfTheStreamReadBefore) {
  Connect();
  StartCall();
  DropFrames();
  Feed(FrameBuilder().WindowUpdate(1, 1).WindowUpdate(0, 0));
  EXPECT_TRUE(owner_->disconnect().has_value());
}

class FloodTest : public ConnectionFixture {
 protected:
  // Sends `flood` until the connection is over, and counts.
  int FeedUntilClosed(const FrameBuilder& flood) {
    for (int i = 1; i <= 20000; ++i) {
      Feed(flood);
      if (owner_->disconnect().has_value()) return i;
      EXPECT_TRUE(endpoint_->read_pending()) << "the reader is parked";
    }
    ADD_FAILURE() << "20,000 of them were taken";
    return 0;
  }

  void ExpectCalm() {
    const absl::Status status = calls_.at(0).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(absl::StrContains(status.message(), "ENHANCE_YOUR_CALM"))
        << status;
    Unstick();
    DropFrames();
    ASSERT_TRUE(our_goaway_.has_value());
    EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kEnhanceYourCalm);
  }
};

TEST_F(FloodTest, PingsWithoutReadingAcksEndTheConnection) {
  Connect();
  StartCall();
  MakeWriteStuck();
  EXPECT_EQ(FeedUntilClosed(FrameBuilder().Ping(1)),
            static_cast<int>(PeerLimits::kMaxWaitingAcks) + 2);
  ExpectCalm();
}

TEST_F(FloodTest, SettingsWithoutReadingAcksEndTheConnection) {
  Connect();
  StartCall();
  MakeWriteStuck();
  EXPECT_EQ(FeedUntilClosed(FrameBuilder().Settings({{4, 70000}})),
            static_cast<int>(PeerLimits::kMaxWaitingAcks) + 2);
  ExpectCalm();
}

// Catches: a burst in one read, as after a pause of ours, taken for a flood.
TEST_F(FloodTest, ABurstInOneReadIsNoAbuse) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  FrameBuilder burst;
  for (uint64_t i = 0; i < 5000; ++i) burst.Ping(i).Settings({});
  for (int round = 0; round < 2; ++round) {
    Feed(burst);
    EXPECT_EQ(ReadFrames().size(), 10000u);
  }
  EXPECT_FALSE(call.ended());
}

// Catches: bursts that pile up while the peer reads nothing.
TEST_F(FloodTest, BurstsWithoutReadingAcksEndTheConnection) {
  Connect();
  StartCall();
  MakeWriteStuck();
  FrameBuilder burst;
  for (uint64_t i = 0; i <= PeerLimits::kMaxWaitingAcks; ++i) burst.Ping(i);
  EXPECT_EQ(FeedUntilClosed(burst), 2);
  ExpectCalm();
}

TEST_F(FloodTest, FramesThatCarryNothingEndTheConnection) {
  Connect();
  StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  EXPECT_EQ(FeedUntilClosed(FrameBuilder().Data(1, "")), 10001);
  ExpectCalm();
}

TEST_F(FloodTest, ContinuationsWithoutEndEndTheConnection) {
  Connect();
  StartCall();
  DropFrames();
  Feed(FrameBuilder().Headers(1, "", false, /*end_headers=*/false));
  FeedUntilClosed(FrameBuilder().Continuation(1, "", false));
  ExpectCalm();
}

TEST_F(FloodTest, APeerThatReadsMayPingAsItLikes) {
  Connect();
  TestCall call = StartCall();
  for (int i = 0; i < 10000; ++i) {
    Feed(FrameBuilder().Ping(static_cast<uint64_t>(i)).Settings({}));
    Pump();
  }
  EXPECT_FALSE(call.ended());
  EXPECT_EQ(ReadFrames().size(), 20001u);
}

// ---- Breaches of the protocol

struct Breach {
  const char* name;
  std::function<FrameBuilder()> frames;
  Http2ErrorCode code;
};

std::string Show(const Breach& breach) { return breach.name; }

class BreachTest : public ConnectionFixture,
                   public testing::WithParamInterface<Breach> {};

// Each is answered with GOAWAY of its code; the first error sticks, and is in
// the text of every call. Catches: a CHECK, and an error that gets lost.
TEST_P(BreachTest, EndsTheConnectionAndIsInEveryText) {
  Connect();
  StartCall();
  StartCall();
  DropFrames();
  Feed(GetParam().frames());
  Feed(FrameBuilder().GoAway(2, Http2ErrorCode::kNoError, "second error"));
  StartCall();  // too late
  const std::string code = Http2ErrorCodeName(GetParam().code);
  for (const TestCall& call : calls_) {
    ASSERT_TRUE(call.ended());
    EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
    EXPECT_TRUE(absl::StrContains(call.status().message(),
                                  absl::StrCat("connection error ", code)))
        << call.status();
  }
  DropFrames();
  ASSERT_TRUE(our_goaway_.has_value());
  EXPECT_EQ(our_goaway_->code, GetParam().code);
  EXPECT_EQ(our_goaway_->last_stream_id, 0u);
  EXPECT_TRUE(owner_->released());
}

constexpr auto kProtocol = Http2ErrorCode::kProtocolError;
constexpr auto kFrameSize = Http2ErrorCode::kFrameSizeError;

FrameBuilder Raw(FrameType type, uint8_t flags, uint32_t id,
                 const std::string& payload) {
  return FrameBuilder().Frame(type, flags, id, payload);
}

INSTANTIATE_TEST_SUITE_P(
    Breaches, BreachTest,
    testing::Values(
        Breach{"DataWithoutStream",
               [] { return Raw(FrameType::kData, 0, 0, "x"); }, kProtocol},
        Breach{"DataOfAnIdleStream", [] { return FrameBuilder().Data(5, "x"); },
               kProtocol},
        Breach{"DataOfThePeersStream",
               [] { return FrameBuilder().Data(2, "x"); }, kProtocol},
        Breach{"DataWithTooMuchPadding",
               [] { return Raw(FrameType::kData, kFlagPadded, 1, "\x05x"); },
               kProtocol},
        Breach{"PaddedDataWithoutPayload",
               [] { return Raw(FrameType::kData, kFlagPadded, 1, ""); },
               kFrameSize},
        Breach{
            "FrameTooLarge",
            [] { return FrameBuilder().Header(16385, FrameType::kData, 0, 1); },
            kFrameSize},
        Breach{"HeadersOfAnIdleStream",
               [] { return FrameBuilder().Headers(7, ""); }, kProtocol},
        Breach{"HeadersWithoutStream",
               [] { return Raw(FrameType::kHeaders, kFlagEndHeaders, 0, ""); },
               kProtocol},
        Breach{"HeadersThatAreGarbage",
               [] { return FrameBuilder().Headers(1, "\xff\xff\xff\xff"); },
               Http2ErrorCode::kCompressionError},
        Breach{"ContinuationWithoutHeaders",
               [] { return FrameBuilder().Continuation(1, ""); }, kProtocol},
        Breach{
            "AnotherFrameInAHeaderBlock",
            [] { return FrameBuilder().Headers(1, "", false, false).Ping(1); },
            kProtocol},
        Breach{"ContinuationOfAnotherStream",
               [] {
                 return FrameBuilder()
                     .Headers(1, "", false, false)
                     .Continuation(3, "");
               },
               kProtocol},
        Breach{"RstStreamWithoutStream",
               [] {
                 return Raw(FrameType::kRstStream, 0, 0, std::string(4, '\0'));
               },
               kProtocol},
        Breach{
            "RstStreamOfAnIdleStream",
            [] { return FrameBuilder().RstStream(5, Http2ErrorCode::kCancel); },
            kProtocol},
        Breach{"RstStreamOfThreeBytes",
               [] { return Raw(FrameType::kRstStream, 0, 1, "abc"); },
               kFrameSize},
        Breach{"SettingsOfAStream",
               [] { return Raw(FrameType::kSettings, 0, 1, ""); }, kProtocol},
        Breach{"SettingsOfFiveBytes",
               [] { return Raw(FrameType::kSettings, 0, 0, "abcde"); },
               kFrameSize},
        Breach{"SettingsAckWithPayload",
               [] { return Raw(FrameType::kSettings, kFlagAck, 0, "abcdef"); },
               kFrameSize},
        Breach{"SettingsWithABadWindow",
               [] {
                 return FrameBuilder().Settings({{4, 0x80000000}});
               },
               Http2ErrorCode::kFlowControlError},
        Breach{"SettingsWithABadFrameSize",
               [] {
                 return FrameBuilder().Settings({{5, 1}});
               },
               kProtocol},
        Breach{"SettingsWithABadPush",
               [] {
                 return FrameBuilder().Settings({{2, 2}});
               },
               kProtocol},
        Breach{"PushPromise",
               [] { return FrameBuilder().PushPromise(1, 2, ""); }, kProtocol},
        Breach{"PingOfAStream",
               [] { return Raw(FrameType::kPing, 0, 1, std::string(8, '\0')); },
               kProtocol},
        Breach{"PingOfSevenBytes",
               [] { return Raw(FrameType::kPing, 0, 0, "1234567"); },
               kFrameSize},
        Breach{
            "GoAwayOfAStream",
            [] { return Raw(FrameType::kGoAway, 0, 1, std::string(8, '\0')); },
            kProtocol},
        Breach{"GoAwayOfSevenBytes",
               [] { return Raw(FrameType::kGoAway, 0, 0, "1234567"); },
               kFrameSize},
        Breach{"WindowUpdateOfNothing",
               [] { return FrameBuilder().WindowUpdate(0, 0); }, kProtocol},
        Breach{"WindowUpdateOfAnIdleStream",
               [] { return FrameBuilder().WindowUpdate(5, 1); }, kProtocol},
        Breach{"WindowUpdateOfThreeBytes",
               [] { return Raw(FrameType::kWindowUpdate, 0, 0, "abc"); },
               kFrameSize}),
    [](const auto& info) { return Show(info.param); });

TEST_F(ClientConnectionAbuseTest, AnHttp1ServerIsRecognized) {
  Start();
  TestCall call = StartCall();
  Feed("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_FALSE(owner_->ready());
  EXPECT_TRUE(absl::StrContains(call.status().message(), "HTTP/1"))
      << call.status();
}

TEST_F(ClientConnectionAbuseTest, TheFirstFrameMustBeSettings) {
  Start();
  TestCall call = StartCall();
  Feed(FrameBuilder().Ping(1).Settings({}));
  EXPECT_FALSE(owner_->ready());
  EXPECT_TRUE(absl::StrContains(call.status().message(),
                                "its first frame is not SETTINGS"));
  EXPECT_EQ(*owner_->disconnect(), call.status());
}

TEST_F(ClientConnectionAbuseTest, NothingIsReadAfterAnError) {
  Connect();
  StartCall();
  DropFrames();
  Feed(FrameBuilder().Data(99, "x").Ping(5));
  EXPECT_FALSE(endpoint_->read_pending());
  for (const std::string& text : ReadTexts()) {
    EXPECT_FALSE(absl::StartsWith(text, "PING")) << text;
  }
}

// A good conversation, cut off after any byte. Catches: a CHECK, a crash, a
// call or a connection that does not end.
TEST_F(ClientConnectionAbuseTest, ThePeerMayVanishAfterAnyByte) {
  std::string bytes;
  {
    HeaderEncoder encoder;
    std::string block;
    HeaderList headers;
    headers.Add(":status", "200");
    encoder.Encode(headers, &block);
    bytes = FrameBuilder()
                .Settings({{3, 1}, {4, 100000}})
                .Headers(1, block, false, /*end_headers=*/false)
                .Continuation(1, "")
                .PaddedData(1, Framed("data"), 3)
                .WindowUpdate(1, 5)
                .Ping(8)
                .GoAway(1, Http2ErrorCode::kNoError, "bye")
                .RstStream(1, Http2ErrorCode::kCancel)
                .str();
  }
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    auto endpoint =
        std::make_shared<FakeEndpoint>(FakeEndpoint::WriteMode::kAutomatic);
    auto owner = std::make_shared<RecordingOwnerOfConnection>(endpoint);
    auto connection = ClientConnection::Create(endpoint->Lend(), &clock_,
                                               WithoutBdp(), owner);
    connection->Start({});
    auto call = std::make_shared<RecordingCall>();
    connection->NewStream()->Start(HeaderList(), absl::InfiniteFuture(), call);
    endpoint->Feed(bytes.substr(0, cut));
    endpoint->Pump();
    endpoint->CloseByPeer();
    endpoint->Pump();
    EXPECT_TRUE(call->ended()) << cut;
    EXPECT_TRUE(owner->released()) << cut;
  }
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

// Seeded noise: pure, and frames with random headers. Catches: a CHECK.
TEST_F(ClientConnectionAbuseTest, GarbageNeverCrashes) {
  std::mt19937 random(42);
  for (int round = 0; round < 500; ++round) {
    auto endpoint =
        std::make_shared<FakeEndpoint>(FakeEndpoint::WriteMode::kAutomatic);
    auto owner = std::make_shared<RecordingOwnerOfConnection>(endpoint);
    auto connection = ClientConnection::Create(endpoint->Lend(), &clock_,
                                               ConnectionOptions(), owner);
    connection->Start({});
    auto call = std::make_shared<RecordingCall>();
    auto stream = connection->NewStream();
    stream->Start(HeaderList(), absl::InfiniteFuture(), call);
    if (round % 10 != 0) endpoint->Feed(FrameBuilder().Settings({}).str());
    for (int i = 0; i < 50 && !call->ended(); ++i) {
      std::string payload(random() % 40, '\0');
      for (char& byte : payload) byte = static_cast<char>(random());
      FrameBuilder frame;
      frame.Frame(static_cast<FrameType>(random() % 11),
                  static_cast<uint8_t>(random()), random() % 4, payload);
      endpoint->Feed(round % 2 == 0 ? payload : frame.str());
      endpoint->Pump();
    }
    stream->Cancel(absl::CancelledError("end"));
    connection->Close(absl::UnavailableError("end"));
    endpoint->Pump();
    EXPECT_TRUE(call->ended());
    EXPECT_TRUE(owner->released());
  }
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

}  // namespace
}  // namespace loopy
