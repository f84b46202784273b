// This is the least that an application does to use grpc-loopy: it registers
// the transport, and asks for it on a channel. The rest is plain gRPC.
//
//   server --port=50051          (any server of grpc.testing.TestService)
//   client --target=localhost:50051

#include <grpcpp/grpcpp.h>
#include <loopy/loopy.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "proto/grpc/testing/test.grpc.pb.h"

ABSL_FLAG(std::string, target, "localhost:50051", "the server");
ABSL_FLAG(int32_t, deadline_ms, 2000, "the call's deadline");

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);

  loopy::RegisterTransport();  // once, before the channel is made
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      absl::GetFlag(FLAGS_target), grpc::InsecureChannelCredentials(), args);

  const auto stub = grpc::testing::TestService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(
      std::chrono::system_clock::now() +
      std::chrono::milliseconds(absl::GetFlag(FLAGS_deadline_ms)));
  grpc::testing::SimpleRequest request;
  request.set_response_size(10);
  grpc::testing::SimpleResponse response;
  const grpc::Status status = stub->UnaryCall(&context, request, &response);
  if (!status.ok()) {
    std::fprintf(stderr, "the call failed: %d %s\n", status.error_code(),
                 status.error_message().c_str());
    return 1;
  }
  std::printf("a response of %zu bytes came over loopy\n",
              response.payload().body().size());
  return 0;
}
