// A server stops reading while a client sends 64 MiB. The call has a deadline
// of one second; the server goes on after three. The same call is made over
// gRPC's built-in transport and over grpc-loopy.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/server_process.h"
#include "transport/loopy.h"

namespace {

void Send(const char* transport, const grpc::ChannelArguments& args,
          examples::ServerProcess* server) {
  const auto channel = grpc::CreateCustomChannel(
      server->target(), grpc::InsecureChannelCredentials(), args);
  const auto begin = std::chrono::system_clock::now();
  if (!channel->WaitForConnected(begin + std::chrono::seconds(10))) return;

  server->Stop();
  std::thread later([server] {
    std::this_thread::sleep_for(std::chrono::seconds(3));
    server->Continue();
  });
  examples::Request request;
  request.set_body(std::string(64 << 20, 'x'));
  examples::Reply reply;
  grpc::ClientContext context;
  const auto start = std::chrono::steady_clock::now();
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(1));
  const grpc::Status status =
      examples::Echo::NewStub(channel)->Say(&context, request, &reply);
  const std::chrono::duration<double> took =
      std::chrono::steady_clock::now() - start;
  std::printf("%s: the call ended after %.1f s: %s\n", transport, took.count(),
              status.error_message().c_str());
  later.join();
}

}  // namespace

int main() {
  examples::ServerProcess server;  // forks, so it comes first

  Send("built-in", grpc::ChannelArguments(), &server);

  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  Send("loopy", args, &server);
  return 0;
}
