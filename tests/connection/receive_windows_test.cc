#include "transport/connection/receive_windows.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"
#include "transport/flow/window_target.h"

// The receive windows of a connection when memory is short. Those that grow are
// in client_connection_flow_test.cc.

namespace loopy {
namespace {

constexpr uint16_t kMaxConcurrentStreams = 3;
constexpr uint16_t kInitialWindowSize = 4;
constexpr uint32_t kLargeWindow = 1 << 20;
constexpr uint32_t kSmall = kSmallestTargetWindow;

std::string Bytes(size_t n) { return std::string(n, '\0'); }

class ReceiveWindowsTest : public ConnectionFixture {
 protected:
  // Both windows are 1 MiB, and our SETTINGS are acknowledged.
  void ConnectWithLargeWindows(bool bdp_probe = true) {
    ConnectionOptions options;
    options.bdp_probe = bdp_probe;
    options.stream_window = kLargeWindow;
    options.connection_window = kLargeWindow;
    Connect(options);
    Feed(FrameBuilder().SettingsAck());
  }

  // A call whose response has begun.
  TestCall StartAnsweredCall() {
    const TestCall call = StartCall();
    DropFrames();
    Feed(ResponseHeaders(call.id()));
    return call;
  }

  // The peer sends `n` bytes on a stream, in frames. Returns what we write.
  std::vector<WrittenFrame> FeedData(uint32_t id, size_t n) {
    FrameBuilder frames;
    for (; n > kSmall; n -= kSmall) frames.Data(id, Bytes(kSmall));
    Feed(frames.Data(id, Bytes(n)));
    return ReadFrames();
  }
  std::vector<WrittenFrame> FeedUntilALook(const TestCall& call) {
    return FeedData(call.id(), ReceiveWindows::kBytesBetweenLooks);
  }

  // Returns the values of SETTINGS_INITIAL_WINDOW_SIZE.
  static std::vector<uint32_t> Windows(
      const std::vector<WrittenFrame>& frames) {
    std::vector<uint32_t> windows;
    for (const WrittenFrame& frame : frames) {
      for (const Setting& setting : frame.settings.settings) {
        if (setting.id == kInitialWindowSize) windows.push_back(setting.value);
      }
    }
    return windows;
  }
  static uint32_t Increment(const std::vector<WrittenFrame>& frames,
                            uint32_t stream_id) {
    uint32_t increment = 0;
    for (const WrittenFrame& frame : frames) {
      if (frame.type != FrameType::kWindowUpdate) continue;
      if (frame.stream_id == stream_id) increment += frame.increment;
    }
    return increment;
  }

  using Windowed = std::vector<uint32_t>;
};

// Catches: windows that ignore the pressure, and those that follow it only when
// the bandwidth-delay product has grown.
TEST_F(ReceiveWindowsTest, ShrinkWhenMemoryIsShort) {
  ConnectWithLargeWindows();
  const TestCall call = StartAnsweredCall();
  EXPECT_EQ(Windows(FeedUntilALook(call)), Windowed{});
  owner_->memory_pressure = 0.75;
  EXPECT_EQ(Windows(FeedUntilALook(call)),
            Windowed{(kLargeWindow + kSmall) / 2});
  Feed(FrameBuilder().SettingsAck());
  owner_->memory_pressure = 1;
  EXPECT_EQ(Windows(FeedUntilALook(call)), Windowed{kSmall});
}

// Catches: a connection window that is returned although it is too large now.
TEST_F(ReceiveWindowsTest, TheConnectionsShrinksByWithheldUpdates) {
  ConnectWithLargeWindows();
  const TestCall call = StartAnsweredCall();
  owner_->memory_pressure = 1;
  EXPECT_EQ(Increment(FeedUntilALook(call), 0), 0u);
  constexpr uint32_t kUnused =
      kLargeWindow - ReceiveWindows::kBytesBetweenLooks;
  EXPECT_EQ(Increment(FeedData(call.id(), kUnused - kSmall), 0), 0u);
  EXPECT_EQ(connection_->windows()->receive.load(), kSmall);
  constexpr uint32_t kEnough = kSmall / 2;
  EXPECT_EQ(Increment(FeedData(call.id(), kEnough), 0), kEnough)
      << "it never closes";
  EXPECT_FALSE(call.ended());
}

// Catches: an update that waits for the next write while the limit falls below
// what it returns. The peer's window would be used up, and nothing be written.
TEST_F(ReceiveWindowsTest, AnUpdateThatWaitsGoesOutWhenTheLimitFalls) {
  ConnectWithLargeWindows();
  const TestCall call = StartAnsweredCall();
  FeedData(call.id(), kLargeWindow / 4);  // a BDP ping, which is in flight now
  owner_->memory_pressure = 0.75;
  EXPECT_EQ(Windows(FeedUntilALook(call)).size(), 1u);  // not acknowledged
  constexpr uint32_t kLimit = (kLargeWindow + kSmall) / 2;
  const uint32_t n = connection_->windows()->receive.load() - kLimit / 8 * 7;
  EXPECT_EQ(Increment(FeedData(call.id(), n), 0), 0u) << "not yet due";
  owner_->memory_pressure = 1;
  EXPECT_GE(Increment(FeedUntilALook(call), 0), kLimit / 8);
  EXPECT_FALSE(call.ended());
}

// Catches: DATA that was sent before our SETTINGS arrived and counts as an
// overrun; a lower window that is never enforced.
TEST_F(ReceiveWindowsTest, ALowerOneIsEnforcedFromTheAckOn) {
  ConnectWithLargeWindows();
  const TestCall call = StartAnsweredCall();
  const TestCall other = StartAnsweredCall();
  owner_->memory_pressure = 1;
  EXPECT_EQ(Windows(FeedUntilALook(call)), Windowed{kSmall});
  FeedData(call.id(), kSmall);
  EXPECT_FALSE(call.ended()) << "the peer has not read our SETTINGS";
  Feed(FrameBuilder().SettingsAck());
  FeedData(other.id(), kSmall);
  EXPECT_FALSE(other.ended());
  EXPECT_EQ(ReadTexts(), Strings{});
  Feed(FrameBuilder().Data(call.id(), "x"));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 FLOW_CONTROL_ERROR"});
}

// Catches: a peer whose window is negative, and that gets none for the message
// which the application waits for.
TEST_F(ReceiveWindowsTest, ALargeMessageIsStillGrantedWhole) {
  ConnectWithLargeWindows();
  const TestCall call = StartAnsweredCall();
  constexpr uint32_t kMessage = 2 * kLargeWindow;
  const std::string framed = Framed(Bytes(kMessage));
  constexpr size_t kArrived = kLargeWindow / 2;
  for (size_t i = 0; i < kArrived; i += kSmall) {
    Feed(FrameBuilder().Data(call.id(), framed.substr(i, kSmall)));
  }
  DropFrames();
  owner_->memory_pressure = 1;
  EXPECT_EQ(Windows(FeedUntilALook(call)), Windowed{kSmall});
  Feed(FrameBuilder().SettingsAck());
  Message message;
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kWait);
  call.stream->Flush();
  constexpr size_t kThere = kArrived + ReceiveWindows::kBytesBetweenLooks;
  constexpr size_t kMissing = kMessage + kMessagePrefixSize - kThere;
  constexpr int64_t kPeersWindow = int64_t{kSmall} - kThere;
  EXPECT_EQ(Increment(ReadFrames(), call.id()),
            kMissing + kSmall - kPeersWindow);
  FeedData(call.id(), kMissing);
  EXPECT_FALSE(call.ended());
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kMessage);
}

// Catches: SETTINGS after SETTINGS to a peer that acknowledges none.
TEST_F(ReceiveWindowsTest, ShrinkOnceForEachAck) {
  ConnectWithLargeWindows();
  const TestCall call = StartAnsweredCall();
  owner_->memory_pressure = 0.75;
  EXPECT_EQ(Windows(FeedUntilALook(call)).size(), 1u);
  owner_->memory_pressure = 1;
  EXPECT_EQ(Windows(FeedUntilALook(call)), Windowed{});
  Feed(FrameBuilder().SettingsAck());
  EXPECT_EQ(Windows(ReadFrames()), Windowed{kSmall})
      << "without waiting for DATA";
}

// Catches: windows that stay small for good.
TEST_F(ReceiveWindowsTest, GrowBackWhenThereIsMemory) {
  ConnectWithLargeWindows();
  const TestCall call = StartAnsweredCall();
  const TestCall other = StartAnsweredCall();
  owner_->memory_pressure = 1;
  FeedUntilALook(call);
  Feed(FrameBuilder().SettingsAck());
  owner_->memory_pressure = 0;
  constexpr uint32_t kUsed = 3 * ReceiveWindows::kBytesBetweenLooks;
  const std::vector<WrittenFrame> written =
      FeedData(other.id(), kSmall);  // not yet
  EXPECT_EQ(Windows(written), Windowed{});
  const TestCall third = StartAnsweredCall();
  const std::vector<WrittenFrame> later = FeedData(third.id(), kSmall);
  EXPECT_EQ(Windows(later), Windowed{kLargeWindow});
  Feed(FrameBuilder().SettingsAck());
  FeedData(other.id(), kLargeWindow / 2);
  EXPECT_FALSE(other.ended());
  EXPECT_GT(connection_->windows()->receive.load(), kLargeWindow - kUsed);
}

// Catches: SETTINGS that leave out the protocol's default. The peer would not
// learn that the window is that again.
TEST_F(ReceiveWindowsTest, GrowBackToTheProtocolsDefault) {
  Connect(ConnectionOptions());
  owner_->memory_pressure = 1;
  Feed(FrameBuilder().SettingsAck());
  EXPECT_EQ(Windows(ReadFrames()), Windowed{kSmall});
  owner_->memory_pressure = 0;
  Feed(FrameBuilder().SettingsAck());
  EXPECT_EQ(Windows(ReadFrames()), Windowed{kDefaultWindow});
}

// Streams that are opened later begin with the window of their time. Catches:
// one that the peer may overrun, as it had the large window when it was made.
TEST_F(ReceiveWindowsTest, AreThoseOfStreamsThatHaveWaited) {
  ConnectWithLargeWindows();
  PeerSettings({{kMaxConcurrentStreams, 1}});
  DropFrames();
  const TestCall call = StartAnsweredCall();
  const TestCall waiting = StartCall();
  owner_->memory_pressure = 1;
  FeedUntilALook(call);
  Feed(FrameBuilder().SettingsAck());
  call.stream->Cancel(absl::CancelledError("make way"));
  call.stream->Flush();
  DropFrames();
  Feed(ResponseHeaders(waiting.id()));
  FeedData(waiting.id(), kSmall);
  EXPECT_FALSE(waiting.ended());
  Feed(FrameBuilder().Data(waiting.id(), "x"));
  EXPECT_EQ(waiting.status().code(), absl::StatusCode::kInternal);
}

// Catches: an ACK too many that takes the counter of SETTINGS past zero.
TEST_F(ReceiveWindowsTest, SurvivePeersThatAcknowledgeTooMuch) {
  ConnectWithLargeWindows();
  Feed(FrameBuilder().SettingsAck().SettingsAck());
  const TestCall call = StartAnsweredCall();
  owner_->memory_pressure = 1;
  EXPECT_EQ(Windows(FeedUntilALook(call)), Windowed{kSmall});
}

// grpc.http2.bdp_probe = 0 is how a program asks for windows of its own choice.
TEST_F(ReceiveWindowsTest, FixedOnesStay) {
  ConnectWithLargeWindows(/*bdp_probe=*/false);
  const TestCall call = StartAnsweredCall();
  owner_->memory_pressure = 1;
  EXPECT_EQ(Windows(FeedUntilALook(call)), Windowed{});
  EXPECT_GT(Increment(FeedData(call.id(), kLargeWindow / 2), 0), 0u);
}

}  // namespace
}  // namespace loopy
