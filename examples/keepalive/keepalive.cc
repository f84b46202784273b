// A network that vanishes: no byte comes back, and nothing says so. Keepalive
// finds that out, without a deadline.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/server_process.h"
#include "transport/loopy.h"

int main() {
  examples::ServerProcess server;  // forks, so it comes first

  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  // Far less than servers allow (docs/keepalive.md).
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 500);
  const auto stub = examples::Echo::NewStub(grpc::CreateCustomChannel(
      server.target(), grpc::InsecureChannelCredentials(), args));

  grpc::ClientContext context;
  const auto stream = stub->Chat(&context);
  examples::Request request;
  examples::Reply reply;
  if (!stream->Write(request) || !stream->Read(&reply)) return 1;
  std::printf("the server answers\n");

  server.Stop();
  const auto begin = std::chrono::steady_clock::now();
  stream->Read(&reply);  // returns false when the connection is given up
  const grpc::Status status = stream->Finish();
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - begin;
  std::printf("given up after %.1f s: code %d %s\n", took.count(),
              status.error_code(), status.error_message().c_str());

  server.Continue();
  grpc::ClientContext next;
  next.set_wait_for_ready(true);
  next.set_deadline(std::chrono::system_clock::now() +
                    std::chrono::seconds(10));
  std::printf("the next call: code %d\n",
              stub->Say(&next, request, &reply).error_code());
  return 0;
}
