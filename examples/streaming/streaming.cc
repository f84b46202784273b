// A stream to and fro; one that is cancelled; one whose deadline passes. The
// status of a call that ends early says what the call waited for.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/echo_server.h"
#include "transport/loopy.h"

namespace {

using examples::Reply;
using examples::Request;

void SetDeadline(std::chrono::milliseconds time, grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() + time);
}

void Print(const char* what, const grpc::Status& status) {
  std::printf("%s: code %d %s\n", what, status.error_code(),
              status.error_message().c_str());
}

void PingPong(examples::Echo::Stub* stub) {
  grpc::ClientContext context;
  SetDeadline(std::chrono::seconds(10), &context);
  const auto stream = stub->Chat(&context);
  for (const char* body : {"one", "two", "three"}) {
    Request request;
    request.set_body(body);
    Reply reply;
    if (!stream->Write(request) || !stream->Read(&reply)) break;
    std::printf("%s came back\n", reply.body().c_str());
  }
  stream->WritesDone();
  Print("to the end", stream->Finish());
}

void Cancelled(examples::Echo::Stub* stub) {
  grpc::ClientContext context;
  SetDeadline(std::chrono::seconds(10), &context);
  const auto stream = stub->Chat(&context);
  Request request;
  Reply reply;
  stream->Write(request);
  stream->Read(&reply);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  context.TryCancel();  // from any thread
  Print("cancelled", stream->Finish());
}

// The server says nothing until the client does. It knows the deadline, too: if
// its status is the first, it has no text of loopy's.
void TooLate(examples::Echo::Stub* stub) {
  grpc::ClientContext context;
  SetDeadline(std::chrono::milliseconds(300), &context);
  const auto stream = stub->Chat(&context);
  Reply reply;
  stream->Read(&reply);  // returns false at the deadline
  Print("too late", stream->Finish());
}

}  // namespace

int main() {
  const examples::EchoServer server;
  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const auto stub = examples::Echo::NewStub(grpc::CreateCustomChannel(
      server.target(), grpc::InsecureChannelCredentials(), args));
  PingPong(stub.get());
  Cancelled(stub.get());
  TooLate(stub.get());
  return 0;
}
