#include "transport/connection/connection_closer.h"

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_endpoint.h"

// Steps (d) and (e) of a close, by themselves: the linger, and the end of the
// endpoint. The rest: client_connection_close_test.cc.

namespace loopy {
namespace {

constexpr absl::Duration kGoAwayTimeout = absl::Milliseconds(1002);

// The test is the writer and the reader of the connection.
class ConnectionCloserTest : public testing::Test,
                             public ConnectionCloser::Observer {
 protected:
  ConnectionCloserTest() {
    ConnectionOptions options;
    options.goaway_timeout = kGoAwayTimeout;
    closer_ = std::make_shared<ConnectionCloser>(
        &clock_, endpoint_.get(), &buffer_, &streams_, options, self_);
  }

  void TearDown() override {
    EXPECT_EQ(clock_.pending_timers(), 0u);
    const std::weak_ptr<ConnectionCloser> closer = closer_;
    closer_.reset();
    EXPECT_TRUE(closer.expired());
  }

  void Close() { closer_->Close(absl::UnavailableError("closed")); }
  void FailWrite(const char* text) {
    closer_->OnWriteFailed(absl::UnavailableError(text),
                           /*first_unsent_stream=*/0);
  }

  void OnDisconnect(absl::Status, const DisconnectInfo&) override {
    ++disconnected_;
  }
  void OnClosing(const absl::Status&) override {
    if (on_closing_) on_closing_();
  }
  void Flush() override {}
  void OnEndpointClosed() override {
    ++closed_;
    EXPECT_TRUE(endpoint_->shutdown().has_value());
  }

  FakeClock clock_;
  const std::shared_ptr<FakeEndpoint> endpoint_ =
      std::make_shared<FakeEndpoint>();
  ControlBuffer buffer_;
  ConnectionStreams streams_{ConnectionOptions()};
  // It owns nothing: the test does.
  std::shared_ptr<ConnectionCloser::Observer> self_{
      this, [](ConnectionCloser::Observer*) {}};
  std::shared_ptr<ConnectionCloser> closer_;
  std::function<void()> on_closing_;
  int disconnected_ = 0;
  int closed_ = 0;
};

TEST_F(ConnectionCloserTest, ShutsDownWhenGoAwayIsSent) {
  Close();
  EXPECT_EQ(disconnected_, 1);
  EXPECT_EQ(endpoint_->shutdown(), absl::nullopt);
  closer_->OnGoAwayWritten();
  EXPECT_TRUE(endpoint_->shutdown().has_value());
  EXPECT_FALSE(endpoint_->aborted());
}

// Catches: a close that loses a GOAWAY which the kernel has not sent yet.
TEST_F(ConnectionCloserTest, AsksTheKernelUntilGoAwayIsSent) {
  Close();
  endpoint_->SetHasUnsentBytes(true);
  closer_->OnGoAwayWritten();
  clock_.Advance(absl::Milliseconds(50));
  EXPECT_EQ(endpoint_->shutdown(), absl::nullopt);
  endpoint_->SetHasUnsentBytes(false);
  clock_.Advance(absl::Milliseconds(5));
  EXPECT_TRUE(endpoint_->shutdown().has_value());
  EXPECT_FALSE(endpoint_->aborted());
}

// Catches: a linger that starts anew with each question.
TEST_F(ConnectionCloserTest, AbortsWhenTheKernelDoesNotSendInTime) {
  Close();
  endpoint_->SetHasUnsentBytes(true);
  closer_->OnGoAwayWritten();
  clock_.Advance(kGoAwayTimeout - absl::Milliseconds(1));
  EXPECT_EQ(endpoint_->shutdown(), absl::nullopt);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted());
}

TEST_F(ConnectionCloserTest, AbortsWhenGoAwayIsNotWrittenInTime) {
  Close();
  clock_.Advance(kGoAwayTimeout - absl::Milliseconds(1));
  EXPECT_EQ(endpoint_->shutdown(), absl::nullopt);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted());
  closer_->OnGoAwayWritten();  // too late
  EXPECT_EQ(closed_, 0) << "the reader may still use it";
}

TEST_F(ConnectionCloserTest, OnlyTheFirstEndCounts) {
  FailWrite("first");
  closer_->CloseOnPeerGone(absl::UnavailableError("second"),
                           DisconnectInfo::Reason::kKeepaliveTimeout);
  EXPECT_EQ(endpoint_->shutdown(), absl::UnavailableError("first"));
  EXPECT_FALSE(endpoint_->aborted());
}

// Catches: a timer that outlives the endpoint.
TEST_F(ConnectionCloserTest, AnEndStopsTheLinger) {
  Close();
  EXPECT_EQ(clock_.pending_timers(), 1u);
  FailWrite("Socket closed");
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

// Catches: a timer that starts after the endpoint has ended.
TEST_F(ConnectionCloserTest, ALingerAfterTheEndDoesNothing) {
  on_closing_ = [this] { FailWrite("Socket closed"); };
  Close();
  EXPECT_TRUE(endpoint_->shutdown().has_value());
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

// Catches: a connection that frees the endpoint under its reader.
TEST_F(ConnectionCloserTest, IsClosedWhenTheReaderHasEndedAsWell) {
  FailWrite("over");
  EXPECT_EQ(closed_, 0);
  closer_->OnReadFailed(absl::UnavailableError("over"));
  EXPECT_EQ(closed_, 1);
}

TEST_F(ConnectionCloserTest, IsClosedOnceWhenTheReaderEndsFirst) {
  closer_->OnProtocolError(
      Http2Error::Connection(Http2ErrorCode::kProtocolError, "broken"));
  EXPECT_EQ(closed_, 0);
  FailWrite("over");
  EXPECT_EQ(closed_, 1);
  FailWrite("again");
  EXPECT_EQ(closed_, 1);
}

}  // namespace
}  // namespace loopy
