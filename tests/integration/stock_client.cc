// A program that knows nothing of loopy: it is linked with gRPC C++ only.
//
//   stock_client HOST:PORT [reset]
//
// Makes two calls and says how they ended. With "reset" it first has gRPC throw
// its core configuration away and build it anew, as tests and some
// applications do.

#include <dlfcn.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "proto/grpc/testing/test.grpc.pb.h"

namespace {

// grpc_core::CoreConfiguration::Reset(), which libgrpc.so exports.
bool ResetCoreConfiguration() {
  void* const symbol =
      dlsym(RTLD_DEFAULT, "_ZN9grpc_core17CoreConfiguration5ResetEv");
  if (symbol == nullptr) return false;
  reinterpret_cast<void (*)()>(symbol)();
  return true;
}

bool Call(grpc::testing::TestService::Stub* stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  constexpr int kSize = 100000;
  grpc::testing::SimpleRequest request;
  request.set_response_size(kSize);
  request.mutable_payload()->set_body(std::string(kSize, '\0'));
  grpc::testing::SimpleResponse response;
  const grpc::Status status = stub->UnaryCall(&context, request, &response);
  std::printf("call: %d %s\n", status.error_code(),
              status.error_message().c_str());
  return status.ok() && response.payload().body().size() == kSize;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  if (argc > 2 && std::string(argv[2]) == "reset") {
    // Once built, then reset: the next channel builds it anew.
    grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
    if (!ResetCoreConfiguration()) return 2;
    std::printf("core configuration reset\n");
  }
  const auto stub = grpc::testing::TestService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  return Call(stub.get()) && Call(stub.get()) ? 0 : 1;
}
