#ifndef LOOPY_TESTS_ADAPTER_ECHO_SERVER_H_
#define LOOPY_TESTS_ADAPTER_ECHO_SERVER_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>

#include <map>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"

namespace loopy {

// A gRPC server on a loopback port. Every method echoes its one message and the
// request's metadata whose names start with "echo-": as initial metadata, at
// once, and as trailers with "-trailer" before a "-bin".
//
//   EchoServer server;
//   auto channel = grpc::CreateChannel(server.address(), ...);
//   EchoResult result = Echo(channel.get(), "hello");
//
// Threads: its own. Lifetime: calls end before it.
class EchoServer {
 public:
  // Names and values of further arguments of the server's connections.
  using Arguments = std::map<std::string, int>;

  explicit EchoServer(std::shared_ptr<grpc::ServerCredentials> credentials =
                          grpc::InsecureServerCredentials(),
                      const Arguments& arguments = {});
  ~EchoServer();

  // Such as "127.0.0.1:50051".
  const std::string& address() const { return address_; }

 private:
  class Service;

  std::unique_ptr<Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

struct EchoResult {
  grpc::Status status;
  std::string message;
  // The user agent as the server got it, which names the transport.
  std::string user_agent;
};

// Makes one call, which ends within 10 s. `context` may carry metadata, and
// shows what came back; it is null for a plain call.
EchoResult Echo(grpc::Channel* channel, const std::string& message,
                grpc::ClientContext* context = nullptr);

// A call that the server does not answer before Finish.
//
//   HeldCall call(channel);
//   call.AwaitStarted();
//   call.Finish();
//
// Threads: one. Lifetime: the destructor cancels it, and waits for its end.
class HeldCall final
    : private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  explicit HeldCall(const std::shared_ptr<grpc::Channel>& channel);
  ~HeldCall() override;

  // Waits for up to 10 s. Returns whether the server has the call.
  bool AwaitStarted();
  // Lets the server answer. Returns how the call ends.
  grpc::Status Finish();

 private:
  void OnReadInitialMetadataDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  bool ok_ = false;  // the server has it
  absl::Notification started_;
  grpc::Status status_;
  absl::Notification done_;
};

// Returns whether a call over `channel` succeeds, and uses this transport.
bool CallsGoOverLoopy(grpc::Channel* channel);

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_ECHO_SERVER_H_
