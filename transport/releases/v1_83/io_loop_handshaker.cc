#include "transport/releases/v1_83/io_loop_handshaker.h"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "loopy/channel_arg_names.h"
#include "src/core/handshaker/handshaker.h"
#include "src/core/handshaker/handshaker_factory.h"
#include "src/core/handshaker/handshaker_registry.h"
#include "src/core/lib/event_engine/extensions/supports_fd.h"
#include "src/core/lib/event_engine/query_extensions.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/iomgr/event_engine_shims/endpoint.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/release.h"
#include "transport/releases/v1_83/event_engine_of.h"
#include "transport/releases/v1_83/io_loop_endpoint.h"

namespace loopy {
namespace {

using grpc_core::ChannelArgs;
using grpc_core::HandshakerArgs;
using grpc_event_engine::experimental::EndpointSupportsFdExtension;
using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::grpc_event_engine_endpoint_create;
using grpc_event_engine::experimental::
    grpc_event_engine_endpoint_destroy_and_release_fd;
using grpc_event_engine::experimental::grpc_get_wrapped_event_engine_endpoint;
using grpc_event_engine::experimental::QueryExtension;

// Marks the arguments of handshakers that use the IoLoop.
constexpr char kUseIoLoopArg[] = "loopy.internal.use_io_loop";

bool EnvironmentAllowsIoLoop() {
  static const bool allows = [] {
    const char* const value = secure_getenv("LOOPY_IO_LOOP");
    return value == nullptr || absl::string_view(value) != "0";
  }();
  return allows;
}

class IoLoopHandshaker final : public grpc_core::Handshaker {
 public:
  IoLoopHandshaker() {
    GRPC_CLOSURE_INIT(&on_released_, OnReleased, this, nullptr);
  }

  absl::string_view name() const override { return "loopy_io_loop"; }

  void DoHandshake(HandshakerArgs* args,
                   absl::AnyInvocable<void(absl::Status)> on_done) override {
    args->args = args->args.Remove(kUseIoLoopArg);
    EventEngine::Endpoint* const old =
        grpc_get_wrapped_event_engine_endpoint(args->endpoint.get());
    if (old == nullptr ||
        QueryExtension<EndpointSupportsFdExtension>(old) == nullptr) {
      InvokeOnHandshakeDone(args, std::move(on_done), absl::OkStatus());
      return;
    }
    args_ = args;
    on_done_ = std::move(on_done);
    Ref().release();  // OnReleased takes it back
    grpc_event_engine_endpoint_destroy_and_release_fd(args->endpoint.release(),
                                                      &fd_, &on_released_);
  }

  // There is nothing to shut down: the socket is released soon.
  void Shutdown(absl::Status /*why*/) override {}

 private:
  static void OnReleased(void* self, grpc_error_handle error) {
    const grpc_core::RefCountedPtr<IoLoopHandshaker> ref(
        static_cast<IoLoopHandshaker*>(self));
    ref->Finish(std::move(error));
  }

  void Finish(absl::Status status) {
    if (status.ok()) {
      auto endpoint =
          IoLoopEndpoint::Create(fd_, MakeMemoryOwner(args_->args, "io_loop"));
      if (endpoint == nullptr) {
        close(fd_);
        status = absl::UnavailableError(
            "the system has no more threads or file descriptors");
      } else {
        args_->endpoint.reset(
            grpc_event_engine_endpoint_create(std::move(endpoint)));
      }
    }
    auto on_done = std::move(on_done_);
    on_done(std::move(status));
  }

  HandshakerArgs* args_ = nullptr;
  absl::AnyInvocable<void(absl::Status)> on_done_;
  int fd_ = -1;
  grpc_closure on_released_;
};

class IoLoopHandshakerFactory final : public grpc_core::HandshakerFactory {
 public:
  void AddHandshakers(const ChannelArgs& args,
                      grpc_pollset_set* /*interested_parties*/,
                      grpc_core::HandshakeManager* manager) override {
    if (args.GetBool(kUseIoLoopArg).value_or(false)) {
      manager->Add(grpc_core::MakeRefCounted<IoLoopHandshaker>());
    }
  }
  // The priority of TCP's handshaker would bring this one before it.
  HandshakerPriority Priority() override {
    return HandshakerPriority::kHTTPConnectHandshakers;
  }
};

}  // namespace

void RegisterIoLoopHandshaker(grpc_core::CoreConfiguration::Builder* builder) {
  builder->handshaker_registry()->RegisterHandshakerFactory(
      grpc_core::HANDSHAKER_CLIENT,
      std::make_unique<IoLoopHandshakerFactory>());
}

ChannelArgs AskForIoLoop(ChannelArgs args) {
  const bool uses =
      EnvironmentAllowsIoLoop() && args.GetBool(kIoLoopArg).value_or(true) &&
      EventEngineOf(args) == nullptr &&
      !args.GetBool(GRPC_ARG_TCP_TX_ZEROCOPY_ENABLED).value_or(false);
  return uses ? args.Set(kUseIoLoopArg, 1) : args;
}

}  // namespace loopy
