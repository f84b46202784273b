// A program that knows nothing of loopy: it is linked with gRPC C++ only.
//
//   stock_client HOST:PORT [reset]
//
// Makes two calls and says how they ended. With "reset" it first has gRPC throw
// its core configuration away and build it anew, as tests and some
// applications do.

#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

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
  auto stub = grpc::testing::TestService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  const bool ok = Call(stub.get()) && Call(stub.get());
  stub.reset();
  // gRPC 1.83 closes a channel on a thread of its own, which the end of the
  // process would cut off; 1.51 has closed it here.
  for (int i = 0; i < 1000 && grpc_is_initialized() != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return ok ? 0 : 1;
}
