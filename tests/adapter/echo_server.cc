#include "tests/adapter/echo_server.h"

#include <grpcpp/generic/async_generic_service.h>

#include <chrono>
#include <future>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace loopy {
namespace {

constexpr char kMethod[] = "/loopy.Echo/Echo";

std::chrono::system_clock::time_point CallDeadline() {
  return std::chrono::system_clock::now() + std::chrono::seconds(10);
}

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
    StartSendInitialMetadata();
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

EchoServer::EchoServer(std::shared_ptr<grpc::ServerCredentials> credentials,
                       const Arguments& arguments)
    : service_(std::make_unique<Service>()) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port);
  for (const auto& argument : arguments) {
    builder.AddChannelArgument(argument.first, argument.second);
  }
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
  context->set_deadline(CallDeadline());
  // The stub copies the shared pointer; the caller keeps the channel.
  grpc::GenericStub stub(
      std::shared_ptr<grpc::Channel>(std::shared_ptr<void>(), channel));
  const grpc::Slice slice(message);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(context, kMethod, grpc::StubOptions(), &request, &response,
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

HeldCall::HeldCall(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(channel) {
  const grpc::Slice slice("held");
  request_ = grpc::ByteBuffer(&slice, 1);
  context_.set_deadline(CallDeadline());
  stub_.PrepareBidiStreamingCall(&context_, kMethod, grpc::StubOptions(), this);
  StartRead(&response_);
  AddHold();  // Finish's write comes from outside of a reaction
  StartCall();
}

HeldCall::~HeldCall() {
  if (done_.HasBeenNotified()) return;
  context_.TryCancel();
  RemoveHold();
  done_.WaitForNotification();
}

bool HeldCall::AwaitStarted() {
  return started_.WaitForNotificationWithTimeout(absl::Seconds(10)) && ok_;
}

grpc::Status HeldCall::Finish() {
  StartWriteLast(&request_, grpc::WriteOptions());
  RemoveHold();
  done_.WaitForNotification();  // the call's deadline bounds it
  return status_;
}

void HeldCall::OnReadInitialMetadataDone(bool ok) {
  ok_ = ok;
  started_.Notify();
}

void HeldCall::OnDone(const grpc::Status& status) {
  status_ = status;
  done_.Notify();
}

bool CallsGoOverLoopy(grpc::Channel* channel) {
  const EchoResult result = Echo(channel, "hello");
  return result.status.ok() && result.message == "hello" &&
         absl::StrContains(result.user_agent, "loopy_http2");
}

}  // namespace loopy
