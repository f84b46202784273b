// The ways to make a call: synchronous, by completion queue, by callbacks, and
// without generated code.

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"

namespace loopy {
namespace {

using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

constexpr int kMessages = 20;

// The size of the i-th message of a stream: some need several frames.
size_t SizeOf(int i) { return i % 5 == 0 ? 100000 : i; }

StreamingOutputCallRequest Message(int i) {
  StreamingOutputCallRequest request;
  request.mutable_payload()->set_body(std::string(SizeOf(i), 'm'));
  return request;
}

class CallApisTest : public ProgramTest {
 protected:
  CallApisTest() : channel_(NewChannel(server_.target())) {
    context_.set_deadline(InSeconds(20));
  }

  TestServer server_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<TestService::Stub> stub_ =
      TestService::NewStub(channel_);
  grpc::ClientContext context_;
};

// ---- Synchronous

TEST_P(CallApisTest, SyncUnary) {
  ExpectWorks(channel_);
  EXPECT_EQ(context_.peer(), "") << "before the call";
  ASSERT_TRUE(Call(channel_, std::string(3 << 20, 'x'), &context_).ok());
  EXPECT_EQ(context_.peer(), "ipv4:" + server_.target());
}

TEST_P(CallApisTest, SyncServerStreaming) {
  StreamingOutputCallRequest request;
  for (int i = 0; i < kMessages; ++i) {
    request.add_response_parameters()->set_size(static_cast<int>(SizeOf(i)));
  }
  const auto reader = stub_->StreamingOutputCall(&context_, request);
  StreamingOutputCallResponse response;
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_EQ(response.payload().body().size(), SizeOf(i));
  }
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_P(CallApisTest, SyncClientStreaming) {
  grpc::testing::StreamingInputCallResponse response;
  const auto writer = stub_->StreamingInputCall(&context_, &response);
  grpc::testing::StreamingInputCallRequest request;
  size_t total = 0;
  for (int i = 0; i < kMessages; ++i) {
    request.mutable_payload()->set_body(std::string(SizeOf(i), 'm'));
    total += SizeOf(i);
    ASSERT_TRUE(writer->Write(request));
  }
  ASSERT_TRUE(writer->WritesDone());
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(static_cast<size_t>(response.aggregated_payload_size()), total);
}

TEST_P(CallApisTest, SyncBidirectional) {
  const auto stream = stub_->FullDuplexCall(&context_);
  StreamingOutputCallResponse response;
  for (int i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(stream->Write(Message(i)));
    if (i == 0) stream->WaitForInitialMetadata();
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.payload().body().size(), SizeOf(i));
  }
  ASSERT_TRUE(stream->WritesDone());
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_P(CallApisTest, SyncCancelEndsAStream) {
  const auto stream = stub_->FullDuplexCall(&context_);
  StreamingOutputCallResponse response;
  ASSERT_TRUE(stream->Write(Message(1)));
  ASSERT_TRUE(stream->Read(&response));
  context_.TryCancel();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_P(CallApisTest, AStatusComesWithItsText) {
  SimpleRequest request;
  request.mutable_response_status()->set_code(grpc::StatusCode::ABORTED);
  request.mutable_response_status()->set_message("100 % \xE2\x98\x83\n");
  SimpleResponse response;
  const grpc::Status status = stub_->UnaryCall(&context_, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_EQ(status.error_message(), "100 % \xE2\x98\x83\n");
}

// ---- By completion queue

class CompletionQueueTest : public CallApisTest {
 protected:
  ~CompletionQueueTest() override {
    queue_.Shutdown();
    void* tag;
    bool ok;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  // Whether the operation that was started last succeeds.
  bool Await() {
    void* tag = nullptr;
    bool ok = false;
    EXPECT_EQ(queue_.AsyncNext(&tag, &ok, InSeconds(20)),
              grpc::CompletionQueue::GOT_EVENT);
    EXPECT_EQ(tag, this);
    return ok;
  }

  grpc::CompletionQueue queue_;
};

TEST_P(CompletionQueueTest, Unary) {
  SimpleRequest request;
  request.mutable_payload()->set_body("question");
  SimpleResponse response;
  grpc::Status status;
  const auto call = stub_->AsyncUnaryCall(&context_, request, &queue_);
  call->Finish(&response, &status, this);
  ASSERT_TRUE(Await());
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.payload().body(), "question");
}

TEST_P(CompletionQueueTest, InitialMetadataOfAUnaryCallComesFirst) {
  context_.AddMetadata("echo-name", "value");
  SimpleResponse response;
  grpc::Status status;
  const auto call =
      stub_->PrepareAsyncUnaryCall(&context_, SimpleRequest(), &queue_);
  call->StartCall();
  call->ReadInitialMetadata(this);
  ASSERT_TRUE(Await());
  EXPECT_EQ(context_.GetServerInitialMetadata().count("echo-name"), 1u);
  call->Finish(&response, &status, this);
  ASSERT_TRUE(Await());
  EXPECT_TRUE(status.ok());
}

TEST_P(CompletionQueueTest, Bidirectional) {
  const auto stream = stub_->AsyncFullDuplexCall(&context_, &queue_, this);
  ASSERT_TRUE(Await());
  StreamingOutputCallResponse response;
  for (int i = 0; i < kMessages; ++i) {
    stream->Write(Message(i), this);
    ASSERT_TRUE(Await());
    stream->Read(&response, this);
    ASSERT_TRUE(Await());
    EXPECT_EQ(response.payload().body().size(), SizeOf(i));
  }
  stream->WritesDone(this);
  ASSERT_TRUE(Await());
  stream->Read(&response, this);
  EXPECT_FALSE(Await());
  grpc::Status status;
  stream->Finish(&status, this);
  ASSERT_TRUE(Await());
  EXPECT_TRUE(status.ok());
}

// ---- By callbacks

TEST_P(CallApisTest, CallbackUnary) {
  SimpleRequest request;
  request.mutable_payload()->set_body("question");
  SimpleResponse response;
  std::promise<grpc::Status> done;
  stub_->async()->UnaryCall(
      &context_, &request, &response,
      [&done](grpc::Status status) { done.set_value(std::move(status)); });
  EXPECT_TRUE(done.get_future().get().ok());
  EXPECT_EQ(response.payload().body(), "question");
}

class EchoReactor final
    : public grpc::ClientBidiReactor<StreamingOutputCallRequest,
                                     StreamingOutputCallResponse> {
 public:
  EchoReactor(TestService::Stub* stub, grpc::ClientContext* context) {
    stub->async()->FullDuplexCall(context, this);
    Send();
    StartRead(&response_);
    StartCall();
  }

  // The status, once all messages have come back.
  grpc::Status Await() { return done_.get_future().get(); }
  bool has_metadata() const { return has_metadata_; }
  int received() const { return received_; }

 private:
  void Send() {
    request_ = Message(sent_);
    if (++sent_ == kMessages) {
      StartWriteLast(&request_, grpc::WriteOptions());
    } else {
      StartWrite(&request_);
    }
  }
  void OnReadInitialMetadataDone(bool ok) override { has_metadata_ = ok; }
  void OnWriteDone(bool ok) override {
    if (ok && sent_ < kMessages) Send();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    EXPECT_EQ(response_.payload().body().size(), SizeOf(received_));
    ++received_;
    StartRead(&response_);
  }
  void OnDone(const grpc::Status& status) override { done_.set_value(status); }

  StreamingOutputCallRequest request_;
  StreamingOutputCallResponse response_;
  int sent_ = 0;
  int received_ = 0;
  bool has_metadata_ = false;
  std::promise<grpc::Status> done_;
};

TEST_P(CallApisTest, CallbackBidirectional) {
  EchoReactor reactor(stub_.get(), &context_);
  EXPECT_TRUE(reactor.Await().ok());
  EXPECT_TRUE(reactor.has_metadata());
  EXPECT_EQ(reactor.received(), kMessages);
}

// ---- Without generated code

grpc::ByteBuffer Serialize(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

std::string BodyOf(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(bytes.Dump(&slices).ok());
  std::string text;
  for (const auto& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  SimpleResponse response;
  EXPECT_TRUE(response.ParseFromString(text));
  return response.payload().body();
}

TEST_P(CompletionQueueTest, GenericUnary) {
  SimpleRequest request;
  request.mutable_payload()->set_body("question");
  grpc::GenericStub stub(channel_);
  const auto call =
      stub.PrepareUnaryCall(&context_, "/grpc.testing.TestService/UnaryCall",
                            Serialize(request), &queue_);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, this);
  ASSERT_TRUE(Await());
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(BodyOf(response), "question");
}

TEST_P(CompletionQueueTest, GenericStream) {
  grpc::GenericStub stub(channel_);
  const auto call = stub.PrepareCall(
      &context_, "/grpc.testing.TestService/FullDuplexCall", &queue_);
  call->StartCall(this);
  ASSERT_TRUE(Await());
  call->WriteLast(Serialize(Message(7)), grpc::WriteOptions(), this);
  ASSERT_TRUE(Await());
  grpc::ByteBuffer response;
  call->Read(&response, this);
  ASSERT_TRUE(Await());
  EXPECT_EQ(BodyOf(response), std::string(SizeOf(7), 'm'));
  call->Read(&response, this);
  EXPECT_FALSE(Await());
  grpc::Status status;
  call->Finish(&status, this);
  ASSERT_TRUE(Await());
  EXPECT_TRUE(status.ok());
}

TEST_P(CompletionQueueTest, GenericUnknownMethod) {
  grpc::GenericStub stub(channel_);
  const auto call = stub.PrepareUnaryCall(&context_, "/no.Service/Method",
                                          grpc::ByteBuffer(), &queue_);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, this);
  ASSERT_TRUE(Await());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

LOOPY_OVER_BOTH_TRANSPORTS(CallApisTest);
LOOPY_OVER_BOTH_TRANSPORTS(CompletionQueueTest);

}  // namespace
}  // namespace loopy
