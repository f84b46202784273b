#ifndef LOOPY_TESTS_INTEGRATION_PROGRAMS_TEST_SERVER_H_
#define LOOPY_TESTS_INTEGRATION_PROGRAMS_TEST_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {

// A gRPC C++ server in the test's process, with gRPC's interop test service.
//
// UnaryCall echoes the payload and the metadata whose names start with "echo-"
// (as initial and as trailing metadata), and ends as the request says; a test
// may replace it. FullDuplexCall echoes each message. The other streaming
// methods do what gRPC's interop cases say. "seen-user-agent" in the trailing
// metadata is the client's user agent, which names its transport.
//
//   TestServer server;
//   auto channel = grpc::CreateChannel(server.target(), ...);
//
// Threads: handlers run on the server's. Lifetime: cancels the calls that are
// still there when it ends.
class TestServer final : private grpc::testing::TestService::Service {
 public:
  using Unary = std::function<grpc::Status(grpc::ServerContext*,
                                           const grpc::testing::SimpleRequest&,
                                           grpc::testing::SimpleResponse*)>;

  struct Options {
    // As ServerBuilder::AddListeningPort takes it.
    std::string address = "127.0.0.1:0";
    std::shared_ptr<grpc::ServerCredentials> credentials =
        grpc::InsecureServerCredentials();
    // Channel arguments.
    std::map<std::string, int> arguments;
    // Instead of the echo.
    Unary unary;
    // So many of the first StreamingInputCalls end with UNAVAILABLE, when they
    // have got all messages.
    int failing_input_streams = 0;
  };

  TestServer() : TestServer(Options()) {}
  explicit TestServer(Options options);
  ~TestServer() override;

  // Returns the address that a client connects to, with its port if it has one.
  const std::string& target() const { return target_; }
  int port() const { return port_; }

  // Unary calls that have reached the server.
  int unary_calls() const { return unary_calls_; }

  // Whether the health service says so of `service`.
  void SetServing(const std::string& service, bool serving);

  // Does what UnaryCall does, for tests that replace it in part.
  static grpc::Status EchoUnary(grpc::ServerContext* context,
                                const grpc::testing::SimpleRequest& request,
                                grpc::testing::SimpleResponse* response);

 private:
  using Empty = grpc::testing::Empty;
  using StreamingOutputCallRequest = grpc::testing::StreamingOutputCallRequest;
  using StreamingOutputCallResponse =
      grpc::testing::StreamingOutputCallResponse;

  // ---- TestService
  grpc::Status EmptyCall(grpc::ServerContext* context, const Empty* request,
                         Empty* response) override;
  grpc::Status UnaryCall(grpc::ServerContext* context,
                         const grpc::testing::SimpleRequest* request,
                         grpc::testing::SimpleResponse* response) override;
  grpc::Status StreamingOutputCall(
      grpc::ServerContext* context, const StreamingOutputCallRequest* request,
      grpc::ServerWriter<StreamingOutputCallResponse>* writer) override;
  grpc::Status StreamingInputCall(
      grpc::ServerContext* context,
      grpc::ServerReader<grpc::testing::StreamingInputCallRequest>* reader,
      grpc::testing::StreamingInputCallResponse* response) override;
  grpc::Status FullDuplexCall(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<StreamingOutputCallResponse,
                               StreamingOutputCallRequest>* stream) override;

  const Unary unary_;
  std::atomic<int> failing_input_streams_;
  std::atomic<int> unary_calls_{0};
  int port_ = 0;
  std::string target_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_PROGRAMS_TEST_SERVER_H_
