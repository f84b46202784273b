// The transport reports the bytes that it moves to a call's tracer.

#include "src/core/telemetry/call_tracer.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "src/core/telemetry/metrics.h"
#include "tests/adapter/echo_server.h"
#include "transport/base/mutex.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using ByteSize = grpc_core::CallTracerInterface::TransportByteSize;
using Handle = grpc_core::GlobalInstrumentsRegistry::GlobalInstrumentHandle;
using Labels = absl::Span<const absl::string_view>;

// Sums up the bytes that are reported before the tracer's end. gRPC calls it
// from one thread at a time, the transport from any.
template <typename Interface>
class ByteSums : public Interface {
 public:
  ByteSize outgoing() {
    MutexLock lock(&mu_);
    return outgoing_;
  }
  ByteSize incoming() {
    MutexLock lock(&mu_);
    return incoming_;
  }

  void RecordOutgoingBytes(const ByteSize& bytes) override {
    MutexLock lock(&mu_);
    EXPECT_FALSE(ended_);
    outgoing_ += bytes;
  }
  void RecordIncomingBytes(const ByteSize& bytes) override {
    MutexLock lock(&mu_);
    EXPECT_FALSE(ended_);
    incoming_ += bytes;
  }

  // The transport has no part in these.
  void RecordAnnotation(absl::string_view) override {}
  void RecordAnnotation(const typename Interface::Annotation&) override {}
  std::string TraceId() override { return ""; }
  std::string SpanId() override { return ""; }
  bool IsSampled() override { return false; }
  void RecordSendInitialMetadata(grpc_metadata_batch*) override {}
  void MutateSendInitialMetadata(grpc_metadata_batch*) override {}
  void RecordSendTrailingMetadata(grpc_metadata_batch*) override {}
  void MutateSendTrailingMetadata(grpc_metadata_batch*) override {}
  void RecordSendMessage(const grpc_core::Message&) override {}
  void RecordSendCompressedMessage(const grpc_core::Message&) override {}
  void RecordReceivedInitialMetadata(grpc_metadata_batch*) override {}
  void RecordReceivedMessage(const grpc_core::Message&) override {}
  void RecordReceivedDecompressedMessage(const grpc_core::Message&) override {}
  void RecordCancel(grpc_error_handle) override {}
  std::shared_ptr<grpc_core::TcpCallTracer> StartNewTcpTrace() override {
    return nullptr;
  }

 protected:
  void End() {
    MutexLock lock(&mu_);
    ended_ = true;
  }

 private:
  Mutex mu_{LockRank::kTest};
  ByteSize outgoing_ ABSL_GUARDED_BY(mu_);
  ByteSize incoming_ ABSL_GUARDED_BY(mu_);
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
};

// The bytes that were reported of a call's one attempt.
class Attempt final
    : public ByteSums<grpc_core::ClientCallTracerInterface::CallAttemptTracer> {
 public:
  void RecordReceivedTrailingMetadata(
      absl::Status, grpc_metadata_batch*,
      const grpc_transport_stream_stats*) override {}
  void RecordEnd() override { End(); }
  void SetOptionalLabel(OptionalLabelKey,
                        grpc_core::RefCountedStringValue) override {}
};

// The bytes that the server's transport counts of the same call.
class ServerTracer final
    : public ByteSums<grpc_core::ServerCallTracerInterface> {
 public:
  void RecordReceivedTrailingMetadata(grpc_metadata_batch*) override {}
  void RecordEnd(const grpc_call_final_info*) override {}
};

class Tracer final : public grpc_core::ClientCallTracerInterface {
 public:
  Attempt* StartNewAttempt(bool) override { return &attempt; }
  void RecordAnnotation(absl::string_view) override {}
  void RecordAnnotation(const Annotation&) override {}
  std::string TraceId() override { return ""; }
  std::string SpanId() override { return ""; }
  bool IsSampled() override { return false; }

  Attempt attempt;
};

// Gives every call a tracer on each side. gRPC keeps it for ever.
class TracingPlugin final : public grpc_core::StatsPlugin {
 public:
  // The tracers of the last call.
  Attempt* last() {
    MutexLock lock(&mu_);
    return tracers_.empty() ? nullptr : &tracers_.back().attempt;
  }
  ServerTracer* last_server() {
    MutexLock lock(&mu_);
    return server_tracers_.empty() ? nullptr : &server_tracers_.back();
  }

  std::pair<bool, std::shared_ptr<ScopeConfig>> IsEnabledForChannel(
      const grpc_core::experimental::StatsPluginChannelScope&) const override {
    return {true, nullptr};
  }
  std::pair<bool, std::shared_ptr<ScopeConfig>> IsEnabledForServer(
      const grpc_core::ChannelArgs&) const override {
    return {true, nullptr};
  }
  grpc_core::ClientCallTracerInterface* GetClientCallTracer(
      const grpc_core::Slice&, bool, std::shared_ptr<ScopeConfig>) override {
    MutexLock lock(&mu_);
    return &tracers_.emplace_back();
  }
  grpc_core::ServerCallTracerInterface* GetServerCallTracer(
      std::shared_ptr<ScopeConfig>) override {
    MutexLock lock(&mu_);
    return &server_tracers_.emplace_back();
  }

  // No metrics.
  std::shared_ptr<ScopeConfig> GetChannelScopeConfig(
      const grpc_core::experimental::StatsPluginChannelScope&) const override {
    return nullptr;
  }
  std::shared_ptr<ScopeConfig> GetServerScopeConfig(
      const grpc_core::ChannelArgs&) const override {
    return nullptr;
  }
  grpc_core::RefCountedPtr<grpc_core::CollectionScope> GetCollectionScope()
      const override {
    return nullptr;
  }
  void AddCounter(Handle, uint64_t, Labels, Labels) override {}
  void AddCounter(Handle, double, Labels, Labels) override {}
  void RecordHistogram(Handle, uint64_t, Labels, Labels) override {}
  void RecordHistogram(Handle, double, Labels, Labels) override {}
  void AddCallback(grpc_core::RegisteredMetricCallback*) override {}
  void RemoveCallback(grpc_core::RegisteredMetricCallback*) override {}
  bool IsInstrumentEnabled(Handle) const override { return false; }

 private:
  Mutex mu_{LockRank::kTest};
  std::deque<Tracer> tracers_ ABSL_GUARDED_BY(mu_);
  std::deque<ServerTracer> server_tracers_ ABSL_GUARDED_BY(mu_);
};

// Catches: a transport that reports nothing to the tracer, or another call's
// bytes, or that reports after the end, or counts a message's prefix among its
// data. Header blocks are to be what the server's built-in transport counts of
// them.
TEST(CallTracerTest, IsToldOfEachCallsBytes) {
  const auto plugin = std::make_shared<TracingPlugin>();
  grpc_core::GlobalStatsPluginRegistry::RegisterStatsPlugin(plugin);
  const EchoServer server;
  RegisterTransport();
  grpc::ChannelArguments args;
  UseTransport(&args);
  const auto channel = grpc::CreateCustomChannel(
      server.address(), grpc::InsecureChannelCredentials(), args);
  constexpr uint64_t kPrefix = 5;  // compressed flag and length
  for (const size_t size : {size_t{7}, size_t{1000000}}) {
    ASSERT_TRUE(Echo(channel.get(), std::string(size, 'm')).status.ok());
    Attempt* const attempt = plugin->last();
    ASSERT_NE(attempt, nullptr);
    EXPECT_EQ(attempt->outgoing().data_bytes, size);
    EXPECT_EQ(attempt->outgoing().framing_bytes, kPrefix);
    EXPECT_EQ(attempt->incoming().data_bytes, size);
    EXPECT_EQ(attempt->incoming().framing_bytes, kPrefix);
    ServerTracer* const server_tracer = plugin->last_server();
    ASSERT_NE(server_tracer, nullptr);
    EXPECT_GT(server_tracer->incoming().header_bytes, 0u);
    EXPECT_GT(server_tracer->outgoing().header_bytes, 0u);
    EXPECT_EQ(attempt->outgoing().header_bytes,
              server_tracer->incoming().header_bytes);
    EXPECT_EQ(attempt->incoming().header_bytes,
              server_tracer->outgoing().header_bytes);
  }
}

}  // namespace
}  // namespace loopy
