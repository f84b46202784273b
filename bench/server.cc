// This is the gRPC C++ server of the benchmarks. It prints "port=NNN" when it
// is ready, and ends with its standard input.

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/file_limit.h"

ABSL_FLAG(std::string, certificate, "", "PEM file; empty means no TLS");
ABSL_FLAG(std::string, key, "", "PEM file of the certificate's key");

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

void SetSize(const testing::ResponseParameters& parameters,
             testing::StreamingOutputCallResponse* response) {
  response->mutable_payload()->mutable_body()->resize(
      static_cast<size_t>(parameters.size()));
}

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

// Serves StreamingOutputCall: sends a message for each of the request's
// parameters. Deletes itself at the call's end.
class Download final
    : public grpc::ServerWriteReactor<testing::StreamingOutputCallResponse> {
 public:
  explicit Download(const testing::StreamingOutputCallRequest& request)
      : request_(request) {
    Next();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      Next();
    } else {
      Finish(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override { delete this; }

 private:
  void Next() {
    if (sent_ == request_.response_parameters_size()) {
      Finish(grpc::Status::OK);
      return;
    }
    SetSize(request_.response_parameters(sent_++), &response_);
    StartWrite(&response_);
  }

  const testing::StreamingOutputCallRequest request_;
  testing::StreamingOutputCallResponse response_;
  int sent_ = 0;
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
      if (request_.response_parameters_size() > 0) {
        SetSize(request_.response_parameters(0), &response_);
      }
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

  grpc::ServerWriteReactor<testing::StreamingOutputCallResponse>*
  StreamingOutputCall(
      grpc::CallbackServerContext* /*context*/,
      const testing::StreamingOutputCallRequest* request) override {
    return new Download(*request);
  }

  grpc::ServerBidiReactor<testing::StreamingOutputCallRequest,
                          testing::StreamingOutputCallResponse>*
  FullDuplexCall(grpc::CallbackServerContext* /*context*/) override {
    return new Echo();
  }
};

// Returns TLS credentials if the flags name a certificate. Returns null if a
// file cannot be read.
std::shared_ptr<grpc::ServerCredentials> Credentials() {
  if (absl::GetFlag(FLAGS_certificate).empty()) {
    return grpc::InsecureServerCredentials();
  }
  const auto read = [](const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {read(absl::GetFlag(FLAGS_key)), read(absl::GetFlag(FLAGS_certificate))});
  if (options.pem_key_cert_pairs[0].private_key.empty() ||
      options.pem_key_cert_pairs[0].cert_chain.empty()) {
    return nullptr;
  }
  return grpc::SslServerCredentials(options);
}

int Main() {
  RaiseFileLimit();
  const auto credentials = Credentials();
  if (credentials == nullptr) {
    std::fputs("server: cannot read the certificate or its key\n", stderr);
    return 1;
  }
  TestServer service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port);
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

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("The gRPC C++ server of the benchmarks.");
  absl::ParseCommandLine(argc, argv);
  return loopy::bench::Main();
}
