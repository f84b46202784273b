// When the end of a stream says what its call waited for (contract, 9).
// wait_test.cc has the causes.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/stream/stream_fixture.h"

namespace loopy {
namespace {

class StreamWaitTest : public StreamFixture {
 protected:
  // Starts a stream that the writer has opened, and lets five seconds pass.
  void StartAndWait(ConnectionOptions options = ConnectionOptions()) {
    StartStream(options, absl::InfiniteFuture());
    owner_->fake_clock.Advance(absl::Seconds(5));
  }
  std::shared_ptr<const Wait> wait() { return call_->end().wait; }
};

TEST_F(StreamWaitTest, AfterItsDeadline) {
  StartAndWait();
  stream_->Cancel(absl::DeadlineExceededError("late"));
  ASSERT_NE(wait(), nullptr);
  EXPECT_EQ(wait()->cause, WaitCause::kPeer);
  EXPECT_EQ(wait()->total, absl::Seconds(5));
}

TEST_F(StreamWaitTest, AfterACancel) {
  StartAndWait();
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_NE(wait(), nullptr);
}

TEST_F(StreamWaitTest, WithItsConnection) {
  StartAndWait();
  stream_->Fail(absl::UnavailableError("gone"),
                StreamEnd::Processed::kPossiblyProcessed);
  EXPECT_NE(wait(), nullptr);
}

// Catches: what the stream has queued looked at after it was dropped.
TEST_F(StreamWaitTest, WhatIsQueuedCounts) {
  StartAndWait();
  stream_->SendMessage(MessageOf("hello"), /*end_stream=*/true);
  EXPECT_EQ(stream_->DescribeWait().queued_bytes, kMessagePrefixSize + 5);
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(wait()->queued_bytes, kMessagePrefixSize + 5);
}

TEST_F(StreamWaitTest, WhatIsUnreadCounts) {
  StartAndWait();
  stream_->OnHeaders(ResponseHeaders(), /*end_stream=*/false);
  ReceiveData(Framed("hello"));
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(wait()->cause, WaitCause::kApplication);
  EXPECT_EQ(wait()->unread_bytes, kMessagePrefixSize + 5);
}

// Catches: a lock of the stream that is held when its connection is asked.
TEST_F(StreamWaitTest, ForASlot) {
  owner_->must_wait = true;
  StartUnwritten(ConnectionOptions(), absl::InfiniteFuture());
  owner_->fake_clock.Advance(absl::Seconds(5));
  stream_->Cancel(absl::DeadlineExceededError("late"));
  EXPECT_EQ(wait()->cause, WaitCause::kStreamSlot);
  EXPECT_EQ(wait()->slots, 100u);
}

TEST_F(StreamWaitTest, ThePeersOwnEndSaysNothing) {
  StartAndWait();
  stream_->OnReset(Http2ErrorCode::kCancel);
  EXPECT_EQ(wait(), nullptr);
}

// Catches: a call that says nothing because the peer's timer was earlier.
TEST_F(StreamWaitTest, ThePeersEndAtTheDeadlineIsOurs) {
  const absl::Time deadline = owner_->fake_clock.Now() + absl::Seconds(5);
  StartStream(ConnectionOptions(), deadline);
  owner_->fake_clock.Advance(absl::Milliseconds(4995));
  stream_->OnReset(Http2ErrorCode::kCancel);
  EXPECT_NE(wait(), nullptr);
}

TEST_F(StreamWaitTest, AnErrorOfTheCallSaysNothing) {
  StartAndWait();
  stream_->Cancel(absl::ResourceExhaustedError("too large"));
  EXPECT_EQ(wait(), nullptr);
}

TEST_F(StreamWaitTest, ACallThatHasOnlyJustBegunSaysNothing) {
  StartStream();
  owner_->fake_clock.Advance(absl::Microseconds(999));
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(wait(), nullptr);
}

TEST_F(StreamWaitTest, OffIsOff) {
  ConnectionOptions options;
  options.explains_waits = false;
  StartAndWait(options);
  stream_->Cancel(absl::CancelledError("stop"));
  EXPECT_EQ(wait(), nullptr);
}

}  // namespace
}  // namespace loopy
