// This program knows nothing of grpc-loopy. It prints which transport its
// server has seen.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/echo_server.h"

int main() {
  const examples::EchoServer server;
  const auto stub = examples::Echo::NewStub(
      grpc::CreateChannel(server.target(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  examples::Request request;
  examples::Reply reply;
  const grpc::Status status = stub->Say(&context, request, &reply);
  std::printf("code %d, user agent: %s\n", status.error_code(),
              reply.user_agent().c_str());
  return status.ok() ? 0 : 1;
}
