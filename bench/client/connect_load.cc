#include "bench/client/connect_load.h"

#include <grpcpp/client_context.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/client/metrics.h"
#include "bench/client/process_cost.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

constexpr int kWarmUpConnections = 20;

// Microseconds until the first call on a new channel has ended.
absl::StatusOr<double> ConnectOnce(const interop::ChannelConfig& config) {
  const absl::Time begin = absl::Now();
  const auto channel = interop::MakeChannel(config);
  if (!channel.ok()) return channel.status();
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(absl::ToChronoTime(begin + absl::Seconds(30)));
  testing::SimpleRequest request;
  testing::SimpleResponse response;
  const grpc::Status status =
      testing::TestService::NewStub(*channel)->UnaryCall(&context, request,
                                                         &response);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("a first call failed: ", status.error_message()));
  }
  return absl::ToDoubleMicroseconds(absl::Now() - begin);
}

}  // namespace

absl::StatusOr<Measurement> RunConnectLoad(const interop::ChannelConfig& config,
                                           const ConnectLoadOptions& options) {
  // While a channel exists, even an idle one, gRPC keeps its threads: without
  // it, starting them would be a large part of each connection.
  const auto idle = interop::MakeChannel(config);
  if (!idle.ok()) return idle.status();
  for (int i = 0; i < kWarmUpConnections; ++i) {
    const auto latency = ConnectOnce(config);
    if (!latency.ok()) return latency.status();
  }
  std::vector<double> latencies;
  const absl::Time end = absl::Now() + options.measured;
  const double cpu = CpuMicroseconds();
  for (int i = 0; i < options.connections && absl::Now() < end; ++i) {
    const auto latency = ConnectOnce(config);
    if (!latency.ok()) return latency.status();
    latencies.push_back(*latency);
  }
  if (latencies.empty()) return absl::InternalError("no time to connect");
  const double used = CpuMicroseconds() - cpu;
  const auto connections = static_cast<double>(latencies.size());

  Measurement result;
  AddLatencies(std::move(latencies), &result);
  AddMetric("cpu", "us/connection", Better::kLower, used / connections,
            &result);
  return result;
}

}  // namespace bench
}  // namespace loopy
