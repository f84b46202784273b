#ifndef LOOPY_EXAMPLES_ECHO_ECHO_SERVER_H_
#define LOOPY_EXAMPLES_ECHO_ECHO_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <memory>
#include <string>

#include "examples/echo/echo.grpc.pb.h"

namespace examples {

// The service of the examples. It knows nothing of grpc-loopy.
class EchoService final : public Echo::Service {
 public:
  // So many of the first calls of Say end with UNAVAILABLE.
  explicit EchoService(int failing_calls) : failing_calls_(failing_calls) {}

  // Calls of Say that have come.
  int calls() const { return calls_; }

 private:
  grpc::Status Say(grpc::ServerContext* context, const Request* request,
                   Reply* reply) override;
  grpc::Status Upload(grpc::ServerContext* context,
                      grpc::ServerReader<Request>* reader,
                      Reply* reply) override;
  grpc::Status Chat(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<Reply, Request>* stream) override;

  const int failing_calls_;
  std::atomic<int> calls_{0};
};

// A plain gRPC C++ server with that service, in this process.
class EchoServer {
 public:
  struct Options {
    std::string address = "127.0.0.1:0";
    std::shared_ptr<grpc::ServerCredentials> credentials =
        grpc::InsecureServerCredentials();
    int failing_calls = 0;  // see EchoService
  };

  EchoServer() : EchoServer(Options()) {}
  explicit EchoServer(const Options& options);
  ~EchoServer();

  // The address that a client connects to.
  const std::string& target() const { return target_; }

  int calls() const { return service_.calls(); }

  // Whether the health service says that Echo is up.
  void SetServing(bool serving);

 private:
  EchoService service_;
  std::string target_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace examples

#endif  // LOOPY_EXAMPLES_ECHO_ECHO_SERVER_H_
