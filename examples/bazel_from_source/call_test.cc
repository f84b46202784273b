// A project whose gRPC is built from source makes a call over grpc-loopy. It
// asks gRPC's own health service, which needs no generated code.

#include <grpcpp/generic/callback_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <loopy/loopy.h>

#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <string>

int main() {
  grpc::EnableDefaultHealthCheckService(true);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  // gRPC wants one service besides its own.
  grpc::CallbackGenericService other_service;
  builder.RegisterCallbackGenericService(&other_service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();

  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  grpc::GenericStub stub(
      grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                grpc::InsecureChannelCredentials(), args));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  const grpc::Slice empty_message;
  grpc::ByteBuffer request(&empty_message, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request,
                 &response,
                 [&done](grpc::Status status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  if (!status.ok()) {
    std::cerr << "the call failed: " << status.error_message() << "\n";
    return 1;
  }
  // A transport that is for another release of gRPC leaves the call to the
  // built-in one, and has no connection.
  if (loopy::GetConnectionStats().empty()) {
    std::cerr << "the call was not over grpc-loopy\n";
    return 1;
  }
  return 0;
}
