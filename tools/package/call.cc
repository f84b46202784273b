// Makes a call to a server in the same process, and prints its user-agent,
// which has the name of the client's transport. It knows nothing of loopy.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <future>
#include <string>

namespace {

// Ends each call with its user-agent as the status' text.
class UserAgentReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit UserAgentReactor(const grpc::GenericCallbackServerContext& context) {
    const auto agent = context.client_metadata().find("user-agent");
    Finish({grpc::StatusCode::OUT_OF_RANGE,
            agent == context.client_metadata().end()
                ? "no user-agent"
                : std::string(agent->second.data(), agent->second.size())});
  }

  void OnDone() override { delete this; }
};

class Service final : public grpc::CallbackGenericService {
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new UserAgentReactor(*context);
  }
};

}  // namespace

int main() {
  Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterCallbackGenericService(&service);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;

  grpc::GenericStub stub(grpc::CreateChannel(
      "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  const grpc::Slice byte("x");
  const grpc::ByteBuffer request(&byte, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> ended;
  stub.UnaryCall(
      &context, "/loopy.Test/Call", grpc::StubOptions(), &request, &response,
      [&ended](const grpc::Status& status) { ended.set_value(status); });
  const grpc::Status status = ended.get_future().get();
  std::puts(status.error_message().c_str());
  return status.error_code() == grpc::StatusCode::OUT_OF_RANGE ? 0 : 1;
}
