// Calls a server in the same process over grpc-loopy, and fails if another
// transport carried the call.

#include <grpcpp/grpcpp.h>
#include <loopy/loopy.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "greeter.grpc.pb.h"

namespace {

using cmake_consumer::Greeter;
using cmake_consumer::HelloReply;
using cmake_consumer::HelloRequest;

class GreeterService final : public Greeter::Service {
  grpc::Status Greet(grpc::ServerContext* context, const HelloRequest* request,
                     HelloReply* reply) override {
    reply->set_text("Hello, " + request->name());
    const auto agent = context->client_metadata().find("user-agent");
    if (agent != context->client_metadata().end()) {
      reply->set_user_agent(agent->second.data(), agent->second.size());
    }
    return grpc::Status::OK;
  }
};

}  // namespace

int main() {
  GreeterService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;

  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const auto stub = Greeter::NewStub(
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                grpc::InsecureChannelCredentials(), args));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  HelloRequest request;
  request.set_name("consumer");
  HelloReply reply;
  const grpc::Status status = stub->Greet(&context, request, &reply);
  std::printf(
      "grpc-loopy %s: %s (%s)\n", loopy::Version(),
      status.ok() ? reply.text().c_str() : status.error_message().c_str(),
      reply.user_agent().c_str());
  return status.ok() && reply.user_agent().find("; loopy") != std::string::npos
             ? 0
             : 1;
}
