// A channel brings its own EventEngine. Its connections use no other.

#include <grpc/event_engine/event_engine.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "tests/adapter/echo_server.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using grpc_event_engine::experimental::EndpointConfig;
using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::GetDefaultEventEngine;
using grpc_event_engine::experimental::grpc_event_engine_arg_vtable;
using grpc_event_engine::experimental::MemoryAllocator;
using grpc_event_engine::experimental::MemoryAllocatorFactory;

// Does what the default EventEngine does, and remembers the timers.
class RecordingEngine final : public EventEngine {
 public:
  // Returns whether a timer of about that length was started.
  bool HasTimerOf(std::chrono::seconds delay) {
    absl::MutexLock lock(&mu_);
    for (Duration timer : timers_) {
      if (timer > delay - std::chrono::seconds(5) && timer <= delay) {
        return true;
      }
    }
    return false;
  }

  // ---- EventEngine
  absl::StatusOr<std::unique_ptr<Listener>> CreateListener(
      Listener::AcceptCallback on_accept,
      absl::AnyInvocable<void(absl::Status)> on_shutdown,
      const EndpointConfig& config,
      std::unique_ptr<MemoryAllocatorFactory> factory) override {
    return engine_->CreateListener(std::move(on_accept), std::move(on_shutdown),
                                   config, std::move(factory));
  }
  ConnectionHandle Connect(OnConnectCallback on_connect,
                           const ResolvedAddress& address,
                           const EndpointConfig& config,
                           MemoryAllocator allocator,
                           Duration timeout) override {
    return engine_->Connect(std::move(on_connect), address, config,
                            std::move(allocator), timeout);
  }
  bool CancelConnect(ConnectionHandle handle) override {
    return engine_->CancelConnect(handle);
  }
  bool IsWorkerThread() override { return engine_->IsWorkerThread(); }
  absl::StatusOr<std::unique_ptr<DNSResolver>> GetDNSResolver(
      const DNSResolver::ResolverOptions& options) override {
    return engine_->GetDNSResolver(options);
  }
  void Run(Closure* closure) override { engine_->Run(closure); }
  void Run(absl::AnyInvocable<void()> closure) override {
    engine_->Run(std::move(closure));
  }
  TaskHandle RunAfter(Duration delay, Closure* closure) override {
    Record(delay);
    return engine_->RunAfter(delay, closure);
  }
  TaskHandle RunAfter(Duration delay,
                      absl::AnyInvocable<void()> closure) override {
    Record(delay);
    return engine_->RunAfter(delay, std::move(closure));
  }
  bool Cancel(TaskHandle handle) override { return engine_->Cancel(handle); }
  void* QueryExtension(absl::string_view id) override {
    return engine_->QueryExtension(id);
  }

 private:
  void Record(Duration delay) {
    absl::MutexLock lock(&mu_);
    timers_.push_back(delay);
  }

  const std::shared_ptr<EventEngine> engine_ = GetDefaultEventEngine();
  absl::Mutex mu_;
  std::vector<Duration> timers_ ABSL_GUARDED_BY(mu_);
};

// Catches: a connection whose timers are the default EventEngine's. The
// keepalive's is the only one of its length.
TEST(EventEngineTest, TheChannelsOwnHasTheConnectionsTimers) {
  constexpr std::chrono::seconds kKeepalive(1234);
  const EchoServer server;
  RegisterTransport();
  grpc::ChannelArguments args;
  UseTransport(&args);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000 * kKeepalive.count());
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  const auto engine = std::make_shared<RecordingEngine>();
  std::shared_ptr<EventEngine> as_argument = engine;
  args.SetPointerWithVtable(GRPC_ARG_EVENT_ENGINE, &as_argument,
                            grpc_event_engine_arg_vtable());
  {
    const auto channel = grpc::CreateCustomChannel(
        server.address(), grpc::InsecureChannelCredentials(), args);
    EXPECT_TRUE(CallsGoOverLoopy(channel.get()));
    EXPECT_TRUE(engine->HasTimerOf(kKeepalive));
  }
}

}  // namespace
}  // namespace loopy
