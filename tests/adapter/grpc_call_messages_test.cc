#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/adapter/grpc_call_fixture.h"

// These calls have messages that are one too many, too long or too early.

namespace loopy {
namespace {

// Catches: trailers that wait for a message that nobody will take (chttp2's
// hang until the deadline); a call that is OK although its answer broke the
// rules of its method; another code than gRPC documents (grpc-go: INTERNAL).
TEST_F(GrpcCallTest, AnotherMessageThanTheCallTakesIsAnError) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, Framed("one") + Framed("two")));
  Receive(Trailers(1));
  batch->ExpectAllRan();
  EXPECT_EQ(batch->received(), "one");
  EXPECT_EQ(batch->status(), GRPC_STATUS_UNIMPLEMENTED);
  EXPECT_EQ(batch->text(),
            "the server sent another message to a call that takes one");
}

// The server does not end the call. Catches: a search for a surplus message at
// the end only.
TEST_F(GrpcCallTest, AnotherMessageEndsTheCallAtOnce) {
  ConnectAndCreateCall();
  TestBatch* batch = StartUnary();
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, Framed("one")));
  EXPECT_EQ(batch->trailers_ready.runs, 0);
  Receive(FrameBuilder().Data(1, Framed("")));
  batch->ExpectAllRan();
  EXPECT_EQ(batch->status(), GRPC_STATUS_UNIMPLEMENTED);
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"});
}

// All of the answer is there when the call asks for it. Catches: a surplus that
// is only an error while the stream has not ended.
TEST_F(GrpcCallTest, AnotherMessageBehindTheOneThatIsReadIsAnError) {
  ConnectAndCreateCall();
  StartStreaming();
  DropFrames();
  Receive(ResponseHeaders(1));
  Receive(FrameBuilder().Data(1, Framed("one") + Framed("two")));
  Receive(Trailers(1));
  TestBatch* batch = Perform(Batch()->RecvMessage()->RecvTrailingMetadata());
  EXPECT_EQ(batch->received(), "one");
  EXPECT_EQ(batch->status(), GRPC_STATUS_UNIMPLEMENTED);
}

// Catches: a length that is cut to the 32 bits of its prefix. The peer would
// take the rest of the message for others.
TEST_F(GrpcCallTest, AMessageOf4GiBFailsItsCall) {
  ConnectAndCreateCall();
  StartStreaming();
  TestBatch* trailers = Perform(Batch()->RecvTrailingMetadata());
  DropFrames();
  TestBatch* huge = Perform(Batch()->SendMebibytes(4096));
  EXPECT_EQ(huge->complete.runs, 1);
  EXPECT_TRUE(huge->write_closed());
  EXPECT_EQ(trailers->status(), GRPC_STATUS_RESOURCE_EXHAUSTED);
  EXPECT_THAT(
      trailers->text(),
      testing::HasSubstr("larger than max (4294967296 vs. 4294967295)"));
  EXPECT_EQ(ReadTexts(), Strings{"RST_STREAM 1 CANCEL"})
      << "none of it is sent";
}

// gRPC's retries start messages so. Fails if the first one is never complete.
TEST_F(GrpcCallTest, AMessageMayStartWhileTheOneBeforeWaits) {
  ConnectAndCreateCall();
  StartStreaming();
  TestBatch* const first =
      Perform(Batch()->SendMessage(std::string(1 << 20, 'x')));
  TestBatch* const second = Perform(Batch()->SendMessage("next"));
  PeerSettings({{4, 2 << 20}});
  Receive(FrameBuilder().WindowUpdate(0, 2 << 20));
  DropFrames();
  exec_ctx_.Flush();
  EXPECT_EQ(first->complete.runs, 1);
  EXPECT_EQ(second->complete.runs, 1);
}

}  // namespace
}  // namespace loopy
