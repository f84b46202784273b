// This is a project of its own that has grpc-loopy as a Bazel dependency.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <loopy/loopy.h>

#include <chrono>
#include <memory>

#include "absl/strings/str_cat.h"
#include "greeter.grpc.pb.h"

namespace bazel_consumer {
namespace {

class GreeterService final : public Greeter::Service {
  grpc::Status Greet(grpc::ServerContext* context, const HelloRequest* request,
                     HelloReply* reply) override {
    reply->set_text(absl::StrCat("Hello, ", request->name()));
    const auto agent = context->client_metadata().find("user-agent");
    if (agent != context->client_metadata().end()) {
      reply->set_user_agent(agent->second.data(), agent->second.size());
    }
    return grpc::Status::OK;
  }
};

TEST(ConsumerTest, CallsOverLoopy) {
  GreeterService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);

  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const auto stub = Greeter::NewStub(
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port),
                                grpc::InsecureChannelCredentials(), args));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  HelloRequest request;
  request.set_name("consumer");
  HelloReply reply;
  const grpc::Status status = stub->Greet(&context, request, &reply);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(reply.text(), "Hello, consumer");
  EXPECT_THAT(reply.user_agent(), testing::HasSubstr("; loopy"));
}

}  // namespace
}  // namespace bazel_consumer
