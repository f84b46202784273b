// A channel brings its own EventEngine. Its connections use no other.

#include <grpc/event_engine/event_engine.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "tests/adapter/echo_server.h"
#include "transport/io_loop/io_loop.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using grpc_event_engine::experimental::EndpointConfig;
using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::GetDefaultEventEngine;
using grpc_event_engine::experimental::grpc_event_engine_arg_vtable;
using grpc_event_engine::experimental::MemoryAllocator;
using grpc_event_engine::experimental::MemoryAllocatorFactory;

// Does what the default EventEngine does. It remembers the timers, and can keep
// closures back.
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

  // Keeps the closures that are to be run back, until Release.
  void Hold() {
    absl::MutexLock lock(&mu_);
    held_ = true;
  }
  void Release() {
    std::vector<absl::AnyInvocable<void()>> closures;
    {
      absl::MutexLock lock(&mu_);
      held_ = false;
      closures = std::move(closures_);
    }
    for (auto& closure : closures) engine_->Run(std::move(closure));
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
    {
      absl::MutexLock lock(&mu_);
      if (held_) {
        closures_.push_back(std::move(closure));
        return;
      }
    }
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
  bool held_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<absl::AnyInvocable<void()>> closures_ ABSL_GUARDED_BY(mu_);
};

// Creates a channel over loopy that brings `engine`.
std::shared_ptr<grpc::Channel> MakeChannel(const EchoServer& server,
                                           std::shared_ptr<EventEngine> engine,
                                           grpc::ChannelArguments args = {}) {
  RegisterTransport();
  UseTransport(&args);
  args.SetPointerWithVtable(GRPC_ARG_EVENT_ENGINE, &engine,
                            grpc_event_engine_arg_vtable());
  return grpc::CreateCustomChannel(server.address(),
                                   grpc::InsecureChannelCredentials(), args);
}

// Catches: a connection whose timers are the default EventEngine's. The
// keepalive's is the only one of its length.
TEST(EventEngineTest, TheChannelsOwnHasTheConnectionsTimers) {
  constexpr std::chrono::seconds kKeepalive(1234);
  const EchoServer server;
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000 * kKeepalive.count());
  args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  const auto engine = std::make_shared<RecordingEngine>();
  const auto channel = MakeChannel(server, engine, args);
  EXPECT_TRUE(CallsGoOverLoopy(channel.get()));
  EXPECT_TRUE(engine->HasTimerOf(kKeepalive));
}

// Catches: a connection whose socket the IoLoop polls, although its channel has
// an EventEngine of its own.
TEST(EventEngineTest, TheChannelsOwnPollsTheConnections) {
  const EchoServer server;
  const size_t before = IoLoop::Default()->load();
  const auto channel = MakeChannel(server, std::make_shared<RecordingEngine>());
  EXPECT_TRUE(CallsGoOverLoopy(channel.get()));
  EXPECT_EQ(IoLoop::Default()->load(), before);
}

// Catches: a subchannel that learns of its connection's end on the default
// EventEngine.
TEST(EventEngineTest, TheChannelsOwnReportsTheConnectionsState) {
  auto server = std::make_unique<EchoServer>();
  const auto engine = std::make_shared<RecordingEngine>();
  const auto channel = MakeChannel(*server, engine);
  ASSERT_TRUE(CallsGoOverLoopy(channel.get()));
  ASSERT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  const auto in = [](std::chrono::milliseconds time) {
    return std::chrono::system_clock::now() + time;
  };
  engine->Hold();
  server.reset();
  EXPECT_FALSE(channel->WaitForStateChange(GRPC_CHANNEL_READY,
                                           in(std::chrono::milliseconds(500))));
  engine->Release();
  EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY,
                                          in(std::chrono::seconds(10))));
}

}  // namespace
}  // namespace loopy
