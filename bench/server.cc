// This is the gRPC C++ server of the benchmarks. It prints "port=NNN" when it
// is ready, and ends with its standard input.

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

// Serves StreamingInputCall: adds up the bytes of the requests. Deletes itself
// at the call's end.
class Upload final
    : public grpc::ServerReadReactor<testing::StreamingInputCallRequest> {
 public:
  explicit Upload(testing::StreamingInputCallResponse* response)
      : response_(response) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      response_->set_aggregated_payload_size(bytes_);
      Finish(grpc::Status::OK);
      return;
    }
    bytes_ += static_cast<int32_t>(request_.payload().body().size());
    StartRead(&request_);
  }

  void OnDone() override { delete this; }

 private:
  testing::StreamingInputCallResponse* const response_;
  testing::StreamingInputCallRequest request_;
  int32_t bytes_ = 0;
};

// Serves FullDuplexCall with one response for each request. Deletes itself at
// the call's end.
class Echo final
    : public grpc::ServerBidiReactor<testing::StreamingOutputCallRequest,
                                     testing::StreamingOutputCallResponse> {
 public:
  Echo() { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (ok) {
      StartWrite(&response_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      StartRead(&request_);
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  testing::StreamingOutputCallRequest request_;
  testing::StreamingOutputCallResponse response_;
};

class TestServer final : public testing::TestService::CallbackService {
  grpc::ServerUnaryReactor* UnaryCall(
      grpc::CallbackServerContext* context,
      const testing::SimpleRequest* request,
      testing::SimpleResponse* response) override {
    response->mutable_payload()->mutable_body()->resize(
        static_cast<size_t>(request->response_size()));
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerReadReactor<testing::StreamingInputCallRequest>*
  StreamingInputCall(grpc::CallbackServerContext* /*context*/,
                     testing::StreamingInputCallResponse* response) override {
    return new Upload(response);
  }

  grpc::ServerBidiReactor<testing::StreamingOutputCallRequest,
                          testing::StreamingOutputCallResponse>*
  FullDuplexCall(grpc::CallbackServerContext* /*context*/) override {
    return new Echo();
  }
};

int Main() {
  TestServer service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    std::fputs("server: cannot listen on 127.0.0.1\n", stderr);
    return 1;
  }
  std::printf("port=%d\n", port);
  std::fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

}  // namespace
}  // namespace bench
}  // namespace loopy

int main() { return loopy::bench::Main(); }
