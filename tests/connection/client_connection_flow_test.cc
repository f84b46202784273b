#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"
#include "transport/flow/bdp_estimator.h"
#include "transport/writer/loopy_writer.h"

// Flow control from end to end: both windows, both directions, BDP.

namespace loopy {
namespace {

using ClientConnectionFlowTest = ConnectionFixture;

constexpr uint16_t kInitialWindowSize = 4;
constexpr uint16_t kMaxFrameSize = 5;
constexpr uint32_t kMax = 0x7fffffff;

// Without its header, a frame that both windows take.
std::string Bytes(size_t n) { return std::string(n, '\0'); }

size_t DataBytes(const std::vector<WrittenFrame>& frames) {
  size_t sum = 0;
  for (const WrittenFrame& frame : frames) sum += frame.payload.size();
  return sum;
}

TEST_F(ClientConnectionFlowTest, TheConnectionsWindowDoesNotWaitForReads) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Bytes(16382)).Data(1, Bytes(8191)));
  Feed(FrameBuilder().Data(1, Bytes(8190)));
  EXPECT_EQ(ReadTexts(), Strings{}) << "not yet half";
  Feed(FrameBuilder().Data(1, Bytes(1)));
  EXPECT_EQ(ReadTexts(), Strings{"WINDOW_UPDATE 0 +32764"});
  EXPECT_FALSE(call.ended());
}

// Catches: a write of its own for the update, which the next request, or the
// ACK of the peer's PING, could take along.
TEST_F(ClientConnectionFlowTest, AnEighthIsReturnedWithTheNextWrite) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Bytes(8190)));
  Feed(FrameBuilder().Ping(7));
  EXPECT_EQ(ReadTexts(), Strings{"PING ACK 7"}) << "not yet an eighth";
  Feed(FrameBuilder().Data(1, Bytes(1)));
  Feed(FrameBuilder().Ping(8));
  EXPECT_EQ(ReadTexts(), (Strings{"WINDOW_UPDATE 0 +8191", "PING ACK 8"}));
}

TEST_F(ClientConnectionFlowTest, AStreamsWindowFollowsItsReads) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Framed(Bytes(16000))));
  Feed(FrameBuilder().Data(1, Framed(Bytes(16000))));
  EXPECT_EQ(ReadTexts(), Strings{}) << "not yet half of either window";
  Message message;
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kMessage);
  call.stream->Flush();
  EXPECT_EQ(ReadTexts(),
            (Strings{"WINDOW_UPDATE 0 +32010", "WINDOW_UPDATE 1 +32010"}));
}

// Catches: a connection that lets a large message through in pieces of its
// window, although the stream is granted all of it.
TEST_F(ClientConnectionFlowTest, ALargeMessageIsGrantedOnTheConnectionToo) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Message message;
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kWait);
  Feed(ResponseHeaders(1));
  const std::string framed = Framed(Bytes(1 << 20));
  constexpr size_t kFrame = 16384;
  Feed(FrameBuilder().Data(1, framed.substr(0, kFrame)));
  EXPECT_EQ(ReadTexts(),
            (Strings{"WINDOW_UPDATE 0 +1048581", "WINDOW_UPDATE 1 +1048581"}));
  for (size_t i = kFrame; i < framed.size(); i += kFrame) {
    Feed(FrameBuilder().Data(1, framed.substr(i, kFrame)));
  }
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kMessage);
  EXPECT_EQ(ReadTexts(), Strings{}) << "the windows are what they were";
}

TEST_F(ClientConnectionFlowTest, DataOfAnEndedStreamCountsForTheConnection) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  call.Cancel();
  Feed(FrameBuilder().Data(1, Bytes(16384)).Ping(7));
  EXPECT_EQ(ReadTexts(), (Strings{"RST_STREAM 1 CANCEL",
                                  "WINDOW_UPDATE 0 +16384", "PING ACK 7"}));
}

TEST_F(ClientConnectionFlowTest, PastTheConnectionsWindowItEnds) {
  ConnectionOptions options = WithoutBdp();
  options.stream_window = 1 << 20;
  options.max_frame_size = 100000;
  Connect(options);
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Bytes(kDefaultWindow)));
  EXPECT_FALSE(call.ended());
  Feed(FrameBuilder().Data(1, Bytes(65536)));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
  DropFrames();
  ASSERT_TRUE(our_goaway_.has_value());
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kFlowControlError);
}

TEST_F(ClientConnectionFlowTest, PastAStreamsWindowTheStreamEnds) {
  ConnectionOptions options = WithoutBdp();
  options.stream_window = 1000;
  Connect(options);
  TestCall call = StartCall();
  TestCall other = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Bytes(1001)));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(other.ended());
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 FLOW_CONTROL_ERROR"});
}

TEST_F(ClientConnectionFlowTest, WeStayWithinBothWindows) {
  Connect();
  PeerSettings({{kInitialWindowSize, 50000}});
  TestCall call = StartCall();
  EXPECT_FALSE(call.Send(Bytes(1 << 20)));
  EXPECT_EQ(DataBytes(ReadFrames()), 50000u) << "the stream's";
  Feed(FrameBuilder().WindowUpdate(1, 100000));
  EXPECT_EQ(DataBytes(ReadFrames()), 15535u) << "the connection's";
  Feed(FrameBuilder().WindowUpdate(0, 100000));
  EXPECT_EQ(DataBytes(ReadFrames()), 100000u - WindowReserve::kMax)
      << "the connection's, but for its reserve";
}

// Catches: a reserve that nobody lifts. The rest of a message would never be
// sent to a peer that gives window back only when all of it is used.
TEST_F(ClientConnectionFlowTest, BulkDoesNotWaitForGoodForTheReserve) {
  Connect();
  PeerSettings({{kInitialWindowSize, 1 << 20}});
  TestCall call = StartCall();
  EXPECT_FALSE(call.Send(Bytes(1 << 20)));
  EXPECT_EQ(DataBytes(ReadFrames()), kDefaultWindow)
      << "a new stream may use all of it";
  Feed(FrameBuilder().WindowUpdate(0, 100000));
  EXPECT_EQ(DataBytes(ReadFrames()), 100000u - WindowReserve::kMax);
  clock_.Advance(WindowReserve::LongestWait() - absl::Milliseconds(1));
  EXPECT_EQ(DataBytes(ReadFrames()), 0u);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(DataBytes(ReadFrames()), size_t{WindowReserve::kMax});
  Feed(FrameBuilder().WindowUpdate(0, 100000));
  EXPECT_EQ(DataBytes(ReadFrames()), 100000u) << "it does not wait again";
}

TEST_F(ClientConnectionFlowTest, AStreamsUpdateThatOverflowsResetsIt) {
  Connect();
  TestCall call = StartCall();
  TestCall other = StartCall();
  DropFrames();
  Feed(FrameBuilder().WindowUpdate(1, kMax).WindowUpdate(1, kMax));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(other.ended());
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 FLOW_CONTROL_ERROR"});
}

TEST_F(ClientConnectionFlowTest, TheConnectionsUpdateThatOverflowsEndsIt) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(FrameBuilder().WindowUpdate(0, kMax));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
  DropFrames();
  ASSERT_TRUE(our_goaway_.has_value());
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kFlowControlError);
}

TEST_F(ClientConnectionFlowTest, SettingsThatOverflowAWindowEndIt) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(FrameBuilder().WindowUpdate(1, kMax - kDefaultWindow));
  EXPECT_FALSE(call.ended());
  PeerSettings({{kInitialWindowSize, 65536}});
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
  DropFrames();
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kFlowControlError);
}

// ---- BDP

class BdpTest : public ConnectionFixture {
 protected:
  // A response of `frames` times 16,000 bytes and a round trip of 10 ms for the
  // ping that goes with it. What was written.
  std::vector<WrittenFrame> RoundTrip(int frames) {
    std::vector<WrittenFrame> written;
    for (int i = 0; i < frames; ++i) {
      Feed(FrameBuilder().Data(1, Framed(Bytes(15995))));
      Message message;
      EXPECT_EQ(calls_[0].stream->NextMessage(&message),
                Stream::Next::kMessage);
      calls_[0].stream->Flush();
      for (WrittenFrame& frame : ReadFrames())
        written.push_back(std::move(frame));
    }
    clock_.Advance(absl::Milliseconds(10));
    for (const WrittenFrame& frame : written) {
      if (frame.type != FrameType::kPing) continue;
      Feed(FrameBuilder().Ping(frame.opaque, /*ack=*/true));
    }
    for (WrittenFrame& frame : ReadFrames())
      written.push_back(std::move(frame));
    return written;
  }
};

// Catches: a PING without it (some proxies take that for one ping too many).
TEST_F(BdpTest, TheUpdateGoesBeforeThePing) {
  ConnectionOptions options;
  options.connection_window = 1 << 20;  // of which a quarter is much
  Connect(options);
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Bytes(16382)));
  EXPECT_EQ(ReadTexts(), Strings{}) << "small responses cost no pings";
  Feed(FrameBuilder().Data(1, Bytes(1)));
  EXPECT_EQ(ReadTexts(), (Strings{"WINDOW_UPDATE 0 +16383", "PING 1"}));
  Feed(FrameBuilder().Data(1, Bytes(16384)).Data(1, Bytes(16384)));
  EXPECT_EQ(ReadTexts(), Strings{}) << "one ping at a time";
}

TEST_F(BdpTest, AFullPipeGetsALargerWindow) {
  Connect(ConnectionOptions());
  TestCall call = StartCall();
  TestCall idle = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  const std::vector<WrittenFrame> written = RoundTrip(4);
  const WrittenFrame& settings = written.back();
  ASSERT_EQ(settings.ToString(), "SETTINGS");
  ASSERT_FALSE(settings.settings.settings.empty());
  EXPECT_EQ(settings.settings.settings[0].id, kInitialWindowSize);
  const uint32_t window = settings.settings.settings[0].value;
  EXPECT_EQ(window, 96000u) << "twice what came since the ping";
  uint32_t granted = kDefaultWindow;
  for (const WrittenFrame& frame : written) {
    if (frame.type == FrameType::kWindowUpdate && frame.stream_id == 0) {
      granted += frame.increment;
    }
  }
  EXPECT_EQ(granted - 64000, 2 * window) << "the connection's is larger still";
  // All streams take as much now, the new ones as well.
  Feed(ResponseHeaders(3));
  TestCall late = StartCall();
  DropFrames();
  Feed(ResponseHeaders(late.id()));
  for (int i = 0; i < 6; ++i) {
    Feed(FrameBuilder().Data(3, Bytes(16000)).Data(late.id(), Bytes(16000)));
  }
  EXPECT_FALSE(idle.ended());
  EXPECT_FALSE(late.ended());
}

// Catches: an update in a write of its own, right before the next requests.
TEST_F(BdpTest, ResponsesThatFillThePipeWaitForTheNextRequest) {
  Connect(ConnectionOptions());
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  RoundTrip(4);  // each stream may receive 96,000 bytes
  for (int i = 0; i < 5; ++i) StartCall();
  DropFrames();
  for (uint32_t id = 3; id <= 11; id += 2) Feed(ResponseHeaders(id));
  Feed(FrameBuilder().Data(1, Bytes(16000)).Data(1, Bytes(16000)));
  EXPECT_EQ(ReadTexts().back(), "PING 2")
      << "no other follows, without its ACK";
  for (uint32_t id = 3; id <= 11; id += 2) {
    Feed(FrameBuilder().Data(id, Bytes(16000)));
  }
  EXPECT_EQ(ReadTexts(), Strings{});
  StartCall();
  EXPECT_EQ(ReadTexts(), (Strings{"WINDOW_UPDATE 0 +64000", "HEADERS 13"}));
}

// Catches: frames of 16 KiB on a quick connection, each of which costs both
// ends; a parser that does not take what our SETTINGS allow; frames that the
// peer's window has no space for.
TEST_F(BdpTest, LargerWindowsAllowLargerFrames) {
  Connect(ConnectionOptions());
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  const auto settings = RoundTrip(4).back().settings.settings;
  ASSERT_EQ(settings.size(), 2u);
  EXPECT_EQ(settings[1].id, kMaxFrameSize);
  EXPECT_EQ(settings[1].value, 24000u) << "a quarter of the window";
  Feed(FrameBuilder().Data(1, Bytes(24000)));
  EXPECT_FALSE(call.ended());
  Feed(FrameBuilder().Data(1, Bytes(24001)));
  EXPECT_TRUE(call.ended());
  DropFrames();
  ASSERT_TRUE(our_goaway_.has_value());
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kFrameSizeError);
}

// Catches: windows that grow although the process is short of memory.
TEST_F(BdpTest, AFullPipeKeepsItsWindowWhenMemoryIsShort) {
  Connect(ConnectionOptions());
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  owner_->memory_pressure = 0.6;
  for (const WrittenFrame& frame : RoundTrip(4)) {
    EXPECT_NE(frame.type, FrameType::kSettings);
  }
}

TEST_F(BdpTest, AnIdlePipeKeepsItsWindow) {
  Connect(ConnectionOptions());
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1));
  for (const WrittenFrame& frame : RoundTrip(1)) {
    EXPECT_NE(frame.type, FrameType::kSettings);
  }
}

TEST_F(BdpTest, AnAckWithoutAPingChangesNothing) {
  Connect(ConnectionOptions());
  Feed(FrameBuilder().Ping(1, /*ack=*/true));
  EXPECT_EQ(ReadTexts(), Strings{});
}

}  // namespace
}  // namespace loopy
