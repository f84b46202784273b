// A service config with retries and health checks. Both are gRPC's own and work
// above the transport.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/echo_server.h"
#include "transport/loopy.h"

namespace {

constexpr char kServiceConfig[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": "examples.Echo"},
  "methodConfig": [{
    "name": [{"service": "examples.Echo"}],
    "retryPolicy": {
      "maxAttempts": 3,
      "initialBackoff": "0.05s",
      "maxBackoff": "1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
})";

grpc::Status Call(examples::Echo::Stub* stub, bool wait_for_ready,
                  examples::Reply* reply) {
  grpc::ClientContext context;
  context.set_wait_for_ready(wait_for_ready);
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  examples::Request request;
  return stub->Say(&context, request, reply);
}

}  // namespace

int main() {
  examples::EchoServer::Options options;
  options.failing_calls = 2;
  examples::EchoServer server(options);
  server.SetServing(true);

  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  args.SetServiceConfigJSON(kServiceConfig);
  const auto channel = grpc::CreateCustomChannel(
      server.target(), grpc::InsecureChannelCredentials(), args);
  const auto stub = examples::Echo::NewStub(channel);

  examples::Reply reply;
  grpc::Status status = Call(stub.get(), true, &reply);
  std::printf("retried: code %d after %d attempts\n", status.error_code(),
              server.calls());

  server.SetServing(false);
  while (channel->GetState(false) == GRPC_CHANNEL_READY) {
    channel->WaitForStateChange(
        GRPC_CHANNEL_READY,
        std::chrono::system_clock::now() + std::chrono::seconds(10));
  }
  status = Call(stub.get(), false, &reply);
  std::printf("the server says it is not up: code %d %s\n", status.error_code(),
              status.error_message().c_str());

  server.SetServing(true);
  status = Call(stub.get(), true, &reply);
  std::printf("it is up again: code %d, user agent %s\n", status.error_code(),
              reply.user_agent().c_str());
  return status.ok() ? 0 : 1;
}
