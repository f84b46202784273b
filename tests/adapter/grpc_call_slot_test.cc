#include <string>

#include "gtest/gtest.h"
#include "tests/adapter/grpc_call_fixture.h"

// These tests are about the send operations of a call whose stream waits for a
// slot among those that the peer allows, and about GRPC_WRITE_BUFFER_HINT.

namespace loopy {
namespace {

class GrpcCallSlotTest : public GrpcCallTest {
 protected:
  void AllowStreams(uint32_t n) {
    constexpr uint16_t kMaxConcurrentStreams = 3;
    PeerSettings({{kMaxConcurrentStreams, n}});
    exec_ctx_.Flush();
  }
};

// Catches: operations that complete at once, as if they had been sent.
TEST_F(GrpcCallSlotTest, SendsCompleteWhenTheStreamHasItsSlot) {
  ConnectAndCreateCall();
  AllowStreams(0);
  TestBatch* const start = Perform(Batch()->SendInitialMetadata());
  TestBatch* const message = Perform(Batch()->SendMessage("question"));
  TestBatch* const end = Perform(Batch()->SendTrailingMetadata());
  EXPECT_EQ(start->complete.runs, 0);
  EXPECT_EQ(message->complete.runs, 0);
  EXPECT_EQ(end->complete.runs, 0);
  AllowStreams(1);
  for (TestBatch* batch : {start, message, end}) {
    EXPECT_EQ(batch->complete.runs, 1);
    EXPECT_TRUE(batch->complete.error.ok());
  }
}

// Catches: a slot that completes a message which is beyond the quota.
TEST_F(GrpcCallSlotTest, AMessageAlsoWaitsForTheQuota) {
  ConnectAndCreateCall();
  AllowStreams(0);
  TestBatch* const start = Perform(Batch()->SendInitialMetadata());
  TestBatch* const message =
      Perform(Batch()->SendMessage(std::string(200000, 'x')));
  AllowStreams(1);
  EXPECT_EQ(start->complete.runs, 1);
  EXPECT_EQ(message->complete.runs, 0) << "the peer's window is smaller";
}

// Catches: operations that succeed. They fail, and the call has its own status,
// as with chttp2.
TEST_F(GrpcCallSlotTest, SendsFailWhenTheCallEndsBefore) {
  ConnectAndCreateCall();
  AllowStreams(0);
  TestBatch* const start =
      Perform(Batch()->SendInitialMetadata()->RecvTrailingMetadata());
  TestBatch* const message = Perform(Batch()->SendMessage("question"));
  Perform(Batch()->Cancel(GRPC_STATUS_DEADLINE_EXCEEDED, "too late"));
  EXPECT_EQ(start->complete.runs, 1);
  EXPECT_EQ(start->complete.error.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(message->complete.runs, 1);
  EXPECT_FALSE(message->complete.error.ok());
  EXPECT_TRUE(message->write_closed());
  EXPECT_EQ(start->status(), GRPC_STATUS_DEADLINE_EXCEEDED);
}

// Catches: operations that fail although another connection may take the call.
// gRPC's retries would end with the failure.
TEST_F(GrpcCallSlotTest, SendsOfARefusedCallDoNotFail) {
  ConnectAndCreateCall();
  AllowStreams(0);
  TestBatch* const start =
      Perform(Batch()->SendInitialMetadata()->RecvTrailingMetadata());
  Receive(FrameBuilder().GoAway(0, Http2ErrorCode::kNoError));
  EXPECT_EQ(start->complete.runs, 1);
  EXPECT_TRUE(start->complete.error.ok());
  EXPECT_EQ(start->trailers.get(grpc_core::GrpcStreamNetworkState()),
            grpc_core::GrpcStreamNetworkState::kNotSentOnWire);
}

// Catches: a hint that the adapter does not pass on.
TEST_F(GrpcCallSlotTest, AMessageWithTheBufferHintGoesWithTheNext) {
  ConnectAndCreateCall();
  Perform(Batch()->SendInitialMetadata());
  DropFrames();
  EXPECT_EQ(Perform(Batch()->SendMessage("one", GRPC_WRITE_BUFFER_HINT))
                ->complete.runs,
            1);
  EXPECT_EQ(ReadTexts(), Strings{});
  Perform(Batch()->SendMessage("two"));
  EXPECT_EQ(ReadTexts(), Strings{"DATA 1, 16 bytes"});
}

}  // namespace
}  // namespace loopy
