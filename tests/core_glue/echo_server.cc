#include "tests/core_glue/echo_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <future>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace loopy {
namespace {

std::string ToString(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

std::string TrailerName(absl::string_view name) {
  const bool binary = absl::ConsumeSuffix(&name, "-bin");
  return absl::StrCat(name, "-trailer", binary ? "-bin" : "");
}

class EchoReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit EchoReactor(grpc::GenericCallbackServerContext* context) {
    for (const auto& field : context->client_metadata()) {
      const std::string name(field.first.data(), field.first.size());
      const std::string value(field.second.data(), field.second.size());
      if (name == "user-agent") {
        context->AddTrailingMetadata("seen-user-agent", value);
      } else if (absl::StartsWith(name, "echo-")) {
        context->AddInitialMetadata(name, value);
        context->AddTrailingMetadata(TrailerName(name), value);
      }
    }
    StartRead(&message_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      StartWrite(&message_);
    } else {
      Finish(grpc::Status::OK);
    }
  }
  void OnWriteDone(bool /*ok*/) override { Finish(grpc::Status::OK); }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer message_;
};

}  // namespace

class EchoServer::Service final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new EchoReactor(context);
  }
};

EchoServer::EchoServer(std::shared_ptr<grpc::ServerCredentials> credentials)
    : service_(std::make_unique<Service>()) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port);
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

EchoServer::~EchoServer() {
  server_->Shutdown(std::chrono::system_clock::now());
}

EchoResult Echo(grpc::Channel* channel, const std::string& message,
                grpc::ClientContext* context) {
  grpc::ClientContext own_context;
  if (context == nullptr) context = &own_context;
  context->set_deadline(std::chrono::system_clock::now() +
                        std::chrono::seconds(10));
  // The stub copies the shared pointer; the caller keeps the channel.
  grpc::GenericStub stub(
      std::shared_ptr<grpc::Channel>(std::shared_ptr<void>(), channel));
  const grpc::Slice slice(message);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(context, "/loopy.Echo/Echo", grpc::StubOptions(), &request,
                 &response,
                 [&done](grpc::Status status) { done.set_value(status); });
  EchoResult result;
  result.status = done.get_future().get();
  result.message = ToString(response);
  const auto& trailers = context->GetServerTrailingMetadata();
  const auto user_agent = trailers.find("seen-user-agent");
  if (user_agent != trailers.end()) {
    result.user_agent.assign(user_agent->second.data(),
                             user_agent->second.size());
  }
  return result;
}

bool CallsGoOverLoopy(grpc::Channel* channel) {
  const EchoResult result = Echo(channel, "hello");
  return result.status.ok() && result.message == "hello" &&
         absl::StrContains(result.user_agent, "loopy_http2");
}

}  // namespace loopy
