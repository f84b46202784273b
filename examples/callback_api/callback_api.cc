// gRPC's callback API: a unary call, and a stream that a reactor drives. The
// callbacks run on threads of gRPC's.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <future>
#include <string>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/echo_server.h"
#include "transport/loopy.h"

namespace {

// Sends three messages, and reads what comes back. Both go on by themselves: an
// answer may come before OnWriteDone has run.
class Chat final
    : public grpc::ClientBidiReactor<examples::Request, examples::Reply> {
 public:
  explicit Chat(examples::Echo::Stub* stub) {
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(10));
    stub->async()->Chat(&context_, this);
    WriteNext();
    StartRead(&reply_);
    StartCall();
  }

  grpc::Status Await() { return done_.get_future().get(); }

 private:
  void WriteNext() {
    if (written_ == 3) {
      StartWritesDone();
      return;
    }
    request_.set_body("message " + std::to_string(++written_));
    StartWrite(&request_);
  }

  void OnWriteDone(bool ok) override {
    if (ok) WriteNext();
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    std::printf("%s came back\n", reply_.body().c_str());
    StartRead(&reply_);
  }
  void OnDone(const grpc::Status& status) override { done_.set_value(status); }

  grpc::ClientContext context_;
  examples::Request request_;
  examples::Reply reply_;
  int written_ = 0;
  std::promise<grpc::Status> done_;
};

grpc::Status Say(examples::Echo::Stub* stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  examples::Request request;
  examples::Reply reply;
  std::promise<grpc::Status> done;
  stub->async()->Say(
      &context, &request, &reply,
      [&done](const grpc::Status& status) { done.set_value(status); });
  const grpc::Status status = done.get_future().get();
  std::printf("user agent: %s\n", reply.user_agent().c_str());
  return status;
}

}  // namespace

int main() {
  const examples::EchoServer server;
  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const auto stub = examples::Echo::NewStub(grpc::CreateCustomChannel(
      server.target(), grpc::InsecureChannelCredentials(), args));
  const grpc::Status said = Say(stub.get());
  Chat chat(stub.get());
  const grpc::Status chatted = chat.Await();
  return said.ok() && chatted.ok() ? 0 : 1;
}
