#include "transport/connection/endpoint_closer.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_endpoint.h"

namespace loopy {
namespace {

class EndpointCloserTest : public testing::Test,
                           public EndpointCloser::Observer {
 protected:
  void TearDown() override {
    EXPECT_EQ(clock_.pending_timers(), 0u);
    const std::weak_ptr<EndpointCloser> closer = closer_;
    closer_.reset();
    EXPECT_TRUE(closer.expired());
  }

  void OnEndpointClosed() override {
    ++closed_;
    EXPECT_TRUE(endpoint_->shutdown().has_value());
  }

  FakeClock clock_;
  const std::shared_ptr<FakeEndpoint> endpoint_ =
      std::make_shared<FakeEndpoint>();
  // Not an owner: the test is.
  std::shared_ptr<EndpointCloser::Observer> self_{
      this, [](EndpointCloser::Observer*) {}};
  std::shared_ptr<EndpointCloser> closer_ =
      std::make_shared<EndpointCloser>(&clock_, endpoint_.get(), self_);
  int closed_ = 0;
};

TEST_F(EndpointCloserTest, ShutsDownWhenGoAwayIsSent) {
  closer_->Linger(absl::Seconds(1));
  EXPECT_EQ(endpoint_->shutdown(), absl::nullopt);
  closer_->OnGoAwayWritten();
  EXPECT_TRUE(endpoint_->shutdown().has_value());
  EXPECT_FALSE(endpoint_->aborted());
}

// Catches: a close that loses a GOAWAY which the kernel has not sent yet.
TEST_F(EndpointCloserTest, AsksTheKernelUntilGoAwayIsSent) {
  closer_->Linger(absl::Seconds(1));
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
TEST_F(EndpointCloserTest, AbortsWhenTheKernelDoesNotSendInTime) {
  closer_->Linger(absl::Milliseconds(1002));
  endpoint_->SetHasUnsentBytes(true);
  closer_->OnGoAwayWritten();
  clock_.Advance(absl::Milliseconds(1001));
  EXPECT_EQ(endpoint_->shutdown(), absl::nullopt);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted());
}

TEST_F(EndpointCloserTest, AbortsWhenGoAwayIsNotWrittenInTime) {
  closer_->Linger(absl::Seconds(1));
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(endpoint_->shutdown(), absl::nullopt);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(endpoint_->aborted());
  closer_->OnGoAwayWritten();  // too late
  EXPECT_EQ(closed_, 0) << "the reader may still use it";
}

TEST_F(EndpointCloserTest, OnlyTheFirstEndCounts) {
  closer_->Shutdown(absl::UnavailableError("first"));
  closer_->Abort(absl::UnavailableError("second"));
  EXPECT_EQ(endpoint_->shutdown(), absl::UnavailableError("first"));
  EXPECT_FALSE(endpoint_->aborted());
}

// Catches: a timer that outlives the endpoint.
TEST_F(EndpointCloserTest, AnEndStopsTheLinger) {
  closer_->Linger(absl::Seconds(1));
  closer_->Shutdown(absl::UnavailableError("Socket closed"));
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

TEST_F(EndpointCloserTest, ALingerAfterTheEndDoesNothing) {
  closer_->Shutdown(absl::UnavailableError("Socket closed"));
  closer_->Linger(absl::Seconds(1));
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

// Catches: a connection that frees the endpoint under its reader.
TEST_F(EndpointCloserTest, IsClosedWhenTheReaderHasEndedToo) {
  closer_->Shutdown(absl::UnavailableError("over"));
  EXPECT_EQ(closed_, 0);
  closer_->OnReaderEnded();
  EXPECT_EQ(closed_, 1);
}

TEST_F(EndpointCloserTest, IsClosedOnceWhenTheReaderEndsFirst) {
  closer_->OnReaderEnded();
  EXPECT_EQ(closed_, 0);
  closer_->Shutdown(absl::UnavailableError("over"));
  EXPECT_EQ(closed_, 1);
  closer_->Shutdown(absl::UnavailableError("again"));
  EXPECT_EQ(closed_, 1);
}

}  // namespace
}  // namespace loopy
