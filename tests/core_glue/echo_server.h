#ifndef LOOPY_TESTS_CORE_GLUE_ECHO_SERVER_H_
#define LOOPY_TESTS_CORE_GLUE_ECHO_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace loopy {

// A gRPC server on a loopback port. Every method echoes its one message and the
// request's metadata whose names start with "echo-": as initial metadata, and
// as trailers with "-trailer" before a "-bin".
//
//   EchoServer server;
//   auto channel = grpc::CreateChannel(server.address(), ...);
//   EchoResult result = Echo(channel.get(), "hello");
//
// Threads: its own. Lifetime: calls end before it.
class EchoServer {
 public:
  explicit EchoServer(std::shared_ptr<grpc::ServerCredentials> credentials =
                          grpc::InsecureServerCredentials());
  ~EchoServer();

  // Such as "127.0.0.1:50051".
  const std::string& address() const { return address_; }

 private:
  class Service;

  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

struct EchoResult {
  grpc::Status status;
  std::string message;
  // As the server got it: it names the transport.
  std::string user_agent;
};

// One call, which ends within 10 s. `context` may carry metadata, and shows
// what came back; null for a plain call.
EchoResult Echo(grpc::Channel* channel, const std::string& message,
                grpc::ClientContext* context = nullptr);

// Whether a call over `channel` succeeds, and over this transport.
bool CallsGoOverLoopy(grpc::Channel* channel);

}  // namespace loopy

#endif  // LOOPY_TESTS_CORE_GLUE_ECHO_SERVER_H_
