// Batches that leave null each pointer that gRPC's own callers leave null: its
// health checks and backend metrics ask for little.

#include <string>

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/adapter/grpc_call_fixture.h"

namespace loopy {
namespace {

class OptionalPointersTest : public GrpcCallTest {
 protected:
  TestBatch* Start() {
    return Perform(Batch()
                       ->SendInitialMetadata()
                       ->SendMessage("question")
                       ->SendTrailingMetadata()
                       ->RecvInitialMetadata()
                       ->RecvMessage()
                       ->RecvTrailingMetadata()
                       ->AskForNothingOptional());
  }
};

// Catches: a message whose flags nobody asked for (gRPC 1.51.1's health checks)
// written through null.
TEST_F(OptionalPointersTest, ACallThatSucceeds) {
  ConnectAndCreateCall();
  TestBatch* batch = Start();
  DropFrames();
  Receive(ResponseHeaders(1, "gzip"));
  Receive(FrameBuilder().Data(1, std::string("\1\0\0\0\3zip", 8)));
  Receive(Trailers(1, "5"));
  EXPECT_EQ(batch->received(), "zip");
  EXPECT_EQ(batch->status(), GRPC_STATUS_NOT_FOUND);
}

// Catches: the end of a call, where there is no message, written through null.
TEST_F(OptionalPointersTest, ACallThatIsReset) {
  ConnectAndCreateCall();
  TestBatch* batch = Start();
  DropFrames();
  Receive(FrameBuilder().RstStream(1, Http2ErrorCode::kInternalError));
  EXPECT_EQ(batch->received(), absl::nullopt);
  EXPECT_EQ(batch->status(), GRPC_STATUS_INTERNAL);
}

// Catches: the completion of a send that waited run through null.
TEST_F(OptionalPointersTest, ASendThatWaits) {
  ConnectAndCreateCall();
  StartStreaming();
  Perform(
      Batch()->SendMessage(std::string(1 << 20, 'x'))->AskForNothingOptional());
  PeerSettings({{4, 2 << 20}});
  Receive(FrameBuilder().WindowUpdate(0, 2 << 20));
  DropFrames();
  exec_ctx_.Flush();
  EXPECT_EQ(Perform(Batch()->SendMessage("next"))->complete.runs, 1);
}

TEST_F(OptionalPointersTest, ASendThatWaitsAndIsCancelled) {
  ConnectAndCreateCall();
  TestBatch* start = StartStreaming();
  Perform(
      Batch()->SendMessage(std::string(1 << 20, 'x'))->AskForNothingOptional());
  Perform(Batch()
              ->Cancel(GRPC_STATUS_CANCELLED, "enough")
              ->AskForNothingOptional());
  start->ExpectAllRan();
}

}  // namespace
}  // namespace loopy
