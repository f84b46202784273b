// A program that knows nothing of loopy: it is linked with gRPC C++ only.
//
//   stock_client HOST:PORT [MODE]
//
// Makes calls and says how they ended; exits with 0 if all did what they
// should.
//
//   unary                    Two of them: what is done without a mode, too.
//   reset                    The same, after gRPC has thrown its core
//                            configuration away, to build it anew, as tests
//                            and some applications do.
//   retry                    A call whose first two attempts the server fails.
//   streaming                Messages to and fro in one call.
//   large                    A call with 64 MiB each way.
//   tls CA_FILE SERVER_NAME  unary, over TLS.
//
// With UNSECURE defined it is linked with libgrpc++_unsecure, which has no TLS.

#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "proto/grpc/testing/test.grpc.pb.h"

namespace {

using grpc::testing::TestService;

// grpc_core::CoreConfiguration::Reset(), which libgrpc.so exports.
bool ResetCoreConfiguration() {
  void* const symbol =
      dlsym(RTLD_DEFAULT, "_ZN9grpc_core17CoreConfiguration5ResetEv");
  if (symbol == nullptr) return false;
  reinterpret_cast<void (*)()>(symbol)();
  return true;
}

void SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(20));
}

bool Ended(const grpc::Status& status) {
  std::printf("call: %d %s\n", status.error_code(),
              status.error_message().c_str());
  return status.ok();
}

bool Call(TestService::Stub* stub, grpc::ClientContext* context, int size) {
  SetDeadline(context);
  grpc::testing::SimpleRequest request;
  request.set_response_size(size);
  request.mutable_payload()->set_body(std::string(size, '\0'));
  grpc::testing::SimpleResponse response;
  return Ended(stub->UnaryCall(context, request, &response)) &&
         static_cast<int>(response.payload().body().size()) == size;
}

bool CallTwice(TestService::Stub* stub) {
  constexpr int kSize = 100000;
  grpc::ClientContext first;
  grpc::ClientContext second;
  return Call(stub, &first, kSize) && Call(stub, &second, kSize);
}

bool CallLarge(TestService::Stub* stub) {
  grpc::ClientContext context;
  return Call(stub, &context, 64 << 20);
}

// The server tells in its trailers how many attempts there were before the one
// that it lets pass.
bool CallRetried(TestService::Stub* stub) {
  grpc::ClientContext context;
  context.AddMetadata("fail-attempts", "2");
  const bool ok = Call(stub, &context, 100000);
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto attempts = trailers.find("failed-attempts");
  if (attempts == trailers.end()) return false;
  std::printf("failed attempts: %.*s\n",
              static_cast<int>(attempts->second.size()),
              attempts->second.data());
  return ok;
}

// Each response is asked for when the one before has come.
bool CallStreaming(TestService::Stub* stub) {
  grpc::ClientContext context;
  SetDeadline(&context);
  auto stream = stub->FullDuplexCall(&context);
  int responses = 0;
  for (const int size : {1, 100000, 0, 3 << 20, 7}) {
    grpc::testing::StreamingOutputCallRequest request;
    request.add_response_parameters()->set_size(size);
    request.mutable_payload()->set_body(std::string(size, '\0'));
    grpc::testing::StreamingOutputCallResponse response;
    if (!stream->Write(request) || !stream->Read(&response) ||
        static_cast<int>(response.payload().body().size()) != size) {
      break;
    }
    ++responses;
  }
  stream->WritesDone();
  std::printf("responses: %d\n", responses);
  return Ended(stream->Finish()) && responses == 5;
}

#ifdef UNSECURE
std::shared_ptr<grpc::ChannelCredentials> TlsCredentials(
    char**, grpc::ChannelArguments*) {
  return nullptr;
}
#else
// `arguments`: the CA's file and the server's name.
std::shared_ptr<grpc::ChannelCredentials> TlsCredentials(
    char** arguments, grpc::ChannelArguments* args) {
  args->SetSslTargetNameOverride(arguments[1]);
  std::ostringstream text;
  text << std::ifstream(arguments[0]).rdbuf();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = text.str();
  return grpc::SslCredentials(options);
}
#endif

// Returns how many of gRPC's core libraries the process has.
int GrpcCores() {
  int cores = 0;
  for (const char* name : {"libgrpc.so.", "libgrpc_unsecure.so."}) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
      if (line.find(name) == std::string::npos) continue;
      ++cores;
      break;
    }
  }
  return cores;
}

void AllowRetries(grpc::ChannelArguments* args) {
  args->SetServiceConfigJSON(R"({"methodConfig": [{
      "name": [{"service": "grpc.testing.TestService"}],
      "retryPolicy": {
        "maxAttempts": 4,
        "initialBackoff": "0.01s",
        "maxBackoff": "0.1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]}}]})");
}

// All that a program does with gRPC.
bool Run(const std::string& mode, char** argv) {
  auto credentials = grpc::InsecureChannelCredentials();
  grpc::ChannelArguments args;
  if (mode == "tls") credentials = TlsCredentials(argv + 3, &args);
  if (mode == "retry") AllowRetries(&args);
  if (mode == "large") args.SetMaxReceiveMessageSize(-1);
  const auto stub = TestService::NewStub(
      grpc::CreateCustomChannel(argv[1], credentials, args));
  if (mode == "retry") return CallRetried(stub.get());
  if (mode == "streaming") return CallStreaming(stub.get());
  if (mode == "large") return CallLarge(stub.get());
  return CallTwice(stub.get());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string mode = argc > 2 ? argv[2] : "unary";
  if (mode == "tls" && argc < 5) return 2;
  if (mode == "reset") {
    // Once built, then reset: the next channel builds it anew.
    grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
    if (!ResetCoreConfiguration()) return 2;
    std::printf("core configuration reset\n");
  }
  const bool ok = Run(mode, argv);
  std::printf("gRPC cores: %d\n", GrpcCores());
  // gRPC 1.83 closes a channel on a thread of its own, which the end of the
  // process would cut off; 1.51 has closed it here.
  for (int i = 0; i < 1000 && grpc_is_initialized() != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return ok ? 0 : 1;
}
