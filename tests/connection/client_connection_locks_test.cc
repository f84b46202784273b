#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"
#include "tests/connection/hooked_fakes.h"

// No lock is held across a write, a read, a timer call or a callback (contract,
// 3). Whatever the connection calls out to comes back into it, and takes each
// of its locks: if one of them is held, the test does not end, and fails by its
// time limit.

namespace loopy {
namespace {

class ClientConnectionLocksTest : public ConnectionFixture {
 protected:
  // Takes every lock: the connection's, the streams', the keepalive's, the
  // control buffer's. Sends nothing.
  void TakeLocks() {
    if (connection_ == nullptr) return;
    ++calls_back_;
    connection_->active_streams();
    connection_->Flush();
    for (const TestCall& call : std::vector<TestCall>(calls_)) {
      call.stream->Drained();
      Message message;
      call.stream->NextMessage(&message);
    }
  }

  void StartHooked(ConnectionOptions options) {
    hooked_clock_ =
        std::make_unique<HookedClock>(&clock_, [this] { TakeLocks(); });
    Start(options, {}, hooked_clock_.get(),
          std::make_unique<HookedEndpoint>(endpoint_->Lend(),
                                           [this] { TakeLocks(); }));
    owner_->on_ready = [this] { TakeLocks(); };
    owner_->on_disconnect = [this] { TakeLocks(); };
    owner_->on_released = [this] { TakeLocks(); };
  }
  TestCall StartHookedCall() {
    TestCall call = StartCall();
    call.call->on_headers = [this] { TakeLocks(); };
    call.call->on_message_ready = [this] { TakeLocks(); };
    call.call->on_message_accepted = [this] { TakeLocks(); };
    call.call->on_end = [this] { TakeLocks(); };
    return call;
  }

  void TearDown() override {
    ConnectionFixture::TearDown();
    EXPECT_GE(calls_back_, 10);
  }

  std::unique_ptr<HookedClock> hooked_clock_;
  int calls_back_ = 0;
};

ConnectionOptions Options() {
  ConnectionOptions options;
  options.keepalive_time = absl::Seconds(10);
  options.keepalive_timeout = absl::Seconds(3);
  return options;
}

// Each break was tried and seen to hang: Flush, RunAfter, StartRead or
// OnDisconnect under the connection's lock; OnEnd, OnMessageReady or Now() (in
// OnReset) under the stream's.
TEST_F(ClientConnectionLocksTest, NoneIsHeldWhileACallLives) {
  StartHooked(Options());
  PeerSettings();
  TestCall call = StartHookedCall();
  EXPECT_FALSE(call.Send(std::string(70000, 'x')));
  DropFrames();
  Feed(FrameBuilder().WindowUpdate(0, 100000).WindowUpdate(1, 100000));
  DropFrames();
  Feed(ResponseHeaders(1));
  Message message;
  EXPECT_EQ(call.stream->NextMessage(&message), Stream::Next::kWait);
  Feed(FrameBuilder().Data(1, Framed("answer")));
  DropFrames();
  Feed(Trailers(1));
  DropFrames();
  EXPECT_EQ(call.call->events(),
            (Strings{"accepted", "headers", "ready", "end"}));
}

TEST_F(ClientConnectionLocksTest, NoneIsHeldWhenThePeerEndsACall) {
  StartHooked(Options());
  PeerSettings();
  TestCall reset = StartHookedCall();
  TestCall error = StartHookedCall();
  TestCall overflow = StartHookedCall();
  TestCall unprocessed = StartHookedCall();
  DropFrames();
  Feed(FrameBuilder()
           .RstStream(1, Http2ErrorCode::kCancel)
           .Data(3, "before headers")
           .WindowUpdate(5, 0x7fffffff)
           .GoAway(0, Http2ErrorCode::kNoError));
  DropFrames();
  for (const TestCall& call : calls_) EXPECT_TRUE(call.ended());
}

TEST_F(ClientConnectionLocksTest, NoneIsHeldWhenWeClose) {
  StartHooked(Options());
  PeerSettings();
  StartHookedCall();
  MakeWriteStuck();
  connection_->Ping([this](const absl::Status&) { TakeLocks(); },
                    [this](const absl::Status&) { TakeLocks(); });
  connection_->Close(absl::UnavailableError("closed"));
  clock_.Advance(absl::Seconds(1));
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionLocksTest, NoneIsHeldWhenKeepaliveGivesUp) {
  StartHooked(Options());
  PeerSettings();
  StartHookedCall();
  MakeWriteStuck();
  clock_.Advance(absl::Seconds(13));
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionLocksTest, NoneIsHeldWhenTheSocketFails) {
  StartHooked(Options());
  StartHookedCall();
  EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  clock_.Advance(ConnectionCloser::ReadAfterFailedWrite());
  endpoint_->Pump();
  EXPECT_TRUE(owner_->released());
}

// A write may fail on another thread before StartWrite has returned, a read end
// before Shutdown has.
class AnotherThreadTest : public ConnectionFixture {
 protected:
  void StartWith(ConnectionOptions options, std::function<void()> hook) {
    Start(options, {}, nullptr,
          std::make_unique<HookedEndpoint>(endpoint_->Lend(), hook));
  }
  static void OnAnotherThread(const std::function<void()>& work) {
    std::thread(work).join();
  }
};

// Catches: a keepalive that is started after it was stopped, for ever.
TEST_F(AnotherThreadTest, TheFirstWriteMayFailBeforeStartReturns) {
  bool failed = false;
  StartWith(Options(), [&] {
    if (!endpoint_->write_pending() || std::exchange(failed, true)) return;
    OnAnotherThread([this] {
      EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken")));
    });
  });
  endpoint_->Pump();
  EXPECT_EQ(owner_->disconnect(), absl::UnavailableError("broken"));
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

// Catches: an endpoint that its connection calls released while a thread is
// still in its Shutdown.
TEST_F(AnotherThreadTest, TheReadMayEndBeforeShutdownReturns) {
  StartWith(Options(), [this] {
    if (!endpoint_->shutdown().has_value() || owner_->released()) return;
    OnAnotherThread([this] { endpoint_->Pump(); });
  });
  MakeWriteStuck();
  connection_->Close(absl::UnavailableError("closed"));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(owner_->released());
}

}  // namespace
}  // namespace loopy
