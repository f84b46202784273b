// Options of a write, and of a call's initial metadata.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"

namespace loopy {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

class WriteOptionsTest : public ProgramTest {
 protected:
  WriteOptionsTest()
      : stub_(TestService::NewStub(NewChannel(server_.target()))) {
    context_.set_deadline(InSeconds(20));
    request_.mutable_payload()->set_body("message");
  }

  TestServer server_;
  const std::unique_ptr<TestService::Stub> stub_;
  grpc::ClientContext context_;
  StreamingInputCallRequest request_;
  grpc::testing::StreamingInputCallResponse response_;
};

TEST_P(WriteOptionsTest, TheLastMessageEndsTheStream) {
  const auto writer = stub_->StreamingInputCall(&context_, &response_);
  ASSERT_TRUE(writer->Write(request_));
  ASSERT_TRUE(writer->Write(request_, grpc::WriteOptions().set_last_message()));
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response_.aggregated_payload_size(), 14);
}

// The only message is the last one: headers, message and end in one batch.
TEST_P(WriteOptionsTest, TheFirstMessageMayBeTheLast) {
  context_.set_initial_metadata_corked(true);
  const auto writer = stub_->StreamingInputCall(&context_, &response_);
  writer->WriteLast(request_, grpc::WriteOptions());
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response_.aggregated_payload_size(), 7);
}

TEST_P(WriteOptionsTest, CorkedHeadersGoWithTheFirstMessage) {
  context_.set_initial_metadata_corked(true);
  const auto stream = stub_->FullDuplexCall(&context_);
  StreamingOutputCallRequest request;
  request.mutable_payload()->set_body("message");
  ASSERT_TRUE(stream->Write(request));
  StreamingOutputCallResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.payload().body(), "message");
  ASSERT_TRUE(stream->WritesDone());
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

// Catches: buffered messages that are never sent.
TEST_P(WriteOptionsTest, BufferedMessagesGoWithTheNextThatIsNot) {
  const auto stream = stub_->FullDuplexCall(&context_);
  StreamingOutputCallRequest request;
  StreamingOutputCallResponse response;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) {
      request.mutable_payload()->set_body(std::string(i, 'm'));
      grpc::WriteOptions options;
      if (i < 4) options.set_buffer_hint();
      ASSERT_TRUE(stream->Write(request, options));
    }
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(stream->Read(&response));
      EXPECT_EQ(response.payload().body(), std::string(i, 'm'));
    }
  }
  request.mutable_payload()->set_body("buffered");
  ASSERT_TRUE(stream->Write(request, grpc::WriteOptions().set_buffer_hint()));
  ASSERT_TRUE(stream->WritesDone());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.payload().body(), "buffered");
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_P(WriteOptionsTest, WriteThrough) {
  const auto writer = stub_->StreamingInputCall(&context_, &response_);
  ASSERT_TRUE(
      writer->Write(request_, grpc::WriteOptions().set_write_through()));
  ASSERT_TRUE(writer->WritesDone());
  EXPECT_TRUE(writer->Finish().ok());
}

LOOPY_OVER_BOTH_TRANSPORTS(WriteOptionsTest);

}  // namespace
}  // namespace loopy
