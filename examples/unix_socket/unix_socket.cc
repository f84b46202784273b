// Unix sockets, with a path and without one (Linux's abstract sockets).

#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/echo_server.h"
#include "transport/loopy.h"

namespace {

bool Call(const std::string& address) {
  examples::EchoServer::Options options;
  options.address = address;
  const examples::EchoServer server(options);

  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const auto stub = examples::Echo::NewStub(grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), args));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  examples::Request request;
  examples::Reply reply;
  const grpc::Status status = stub->Say(&context, request, &reply);
  std::printf("%s: %s, user agent %s\n", address.c_str(),
              status.ok() ? "OK" : status.error_message().c_str(),
              reply.user_agent().c_str());
  return status.ok();
}

}  // namespace

int main() {
  loopy::RegisterTransport();
  char folder[] = "/tmp/echo.XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  const bool path = Call(std::string("unix:") + folder + "/socket");
  const bool abstract = Call("unix-abstract:echo-" + std::to_string(getpid()));
  rmdir(folder);
  return path && abstract ? 0 : 1;
}
