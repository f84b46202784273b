// Runs one workload over one transport and prints a Measurement as JSON.

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bench/client/loads.h"
#include "bench/report.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/file_limit.h"
#include "tests/support/json.h"
#include "tests/support/test_ca.h"

ABSL_FLAG(loopy::TransportKind, transport, loopy::TransportKind::kLoopy,
          "loopy or chttp2");
ABSL_FLAG(bool, retries, true, "whether gRPC may retry calls");
ABSL_FLAG(std::string, server, "", "host:port");
ABSL_FLAG(bool, use_tls, false, "whether the server has the tests' TLS");
ABSL_FLAG(std::string, ca_file, "", "the root certificate for TLS");
ABSL_FLAG(std::string, workload, "",
          "unary, threads, stream, ping_pong, upload, beside_uploads, "
          "channels, open_streams, connect or memory");
ABSL_FLAG(absl::Duration, warm_up, absl::Milliseconds(300),
          "the time before the measured time");
ABSL_FLAG(absl::Duration, measured, absl::Seconds(1), "the measured time");
ABSL_FLAG(int, in_flight, 1,
          "calls in flight; threads, stream and ping_pong: threads with a call "
          "each");
ABSL_FLAG(int, bytes, 10, "bytes of a message's payload");
ABSL_FLAG(int, connections, 0,
          "channels, connect, memory: connections; 0 means the workload's "
          "default");
ABSL_FLAG(int, streams, 1000, "open_streams, memory: idle streams");
ABSL_FLAG(int, uploads, 1, "beside_uploads: uploads of 1 MiB messages");
ABSL_FLAG(bool, bdp_probe, true,
          "whether the transport may probe the bandwidth-delay product");

namespace loopy {
namespace bench {
namespace {

UnaryLoadOptions UnaryOptions() {
  UnaryLoadOptions options;
  options.in_flight = absl::GetFlag(FLAGS_in_flight);
  options.payload_bytes = absl::GetFlag(FLAGS_bytes);
  options.warm_up = absl::GetFlag(FLAGS_warm_up);
  options.measured = absl::GetFlag(FLAGS_measured);
  return options;
}

ThreadLoadOptions ThreadOptions() {
  ThreadLoadOptions options;
  options.threads = absl::GetFlag(FLAGS_in_flight);
  options.payload_bytes = std::max(1, absl::GetFlag(FLAGS_bytes));
  options.warm_up = absl::GetFlag(FLAGS_warm_up);
  options.measured = absl::GetFlag(FLAGS_measured);
  return options;
}

absl::StatusOr<Measurement> RunOnOneChannel(const std::string& workload,
                                            const ChannelConfig& config) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, absl::GetFlag(FLAGS_bdp_probe) ? 1 : 0);
  const auto channel = MakeChannel(config, args);
  if (!channel.ok()) return channel.status();
  const absl::Status connected = AwaitConnected(*channel, absl::Seconds(10));
  if (!connected.ok()) return connected;
  if (workload == "unary") return RunUnaryLoad({*channel}, UnaryOptions());
  if (workload == "threads") {
    return RunUnaryThreadLoad(*channel, ThreadOptions());
  }
  if (workload == "stream") {
    return RunServerStreamingLoad(*channel, ThreadOptions());
  }
  if (workload == "ping_pong") {
    return RunPingPongLoad(*channel, ThreadOptions());
  }
  if (workload == "beside_uploads") {
    BesideUploadsOptions options;
    options.uploads = absl::GetFlag(FLAGS_uploads);
    options.calls = UnaryOptions();
    return RunBesideUploadsLoad(*channel, options);
  }
  if (workload == "upload") {
    UploadLoadOptions options;
    options.message_bytes = absl::GetFlag(FLAGS_bytes);
    options.warm_up = absl::GetFlag(FLAGS_warm_up);
    options.measured = absl::GetFlag(FLAGS_measured);
    return RunUploadLoad(*channel, options);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--workload=", workload, " is unknown"));
}

absl::StatusOr<Measurement> Run(const std::string& workload) {
  ChannelConfig config;
  config.target = absl::GetFlag(FLAGS_server);
  config.transport = absl::GetFlag(FLAGS_transport);
  config.retries = absl::GetFlag(FLAGS_retries);
  config.use_tls = absl::GetFlag(FLAGS_use_tls);
  config.ca_file = absl::GetFlag(FLAGS_ca_file);
  if (config.use_tls) config.host_override = kTestServerName;
  const int connections = absl::GetFlag(FLAGS_connections);
  if (workload == "connect") {
    ConnectLoadOptions options;
    if (connections > 0) options.connections = connections;
    options.measured = absl::GetFlag(FLAGS_measured);
    return RunConnectLoad(config, options);
  }
  if (workload == "memory") {
    MemoryLoadOptions options;
    if (connections > 0) options.connections = connections;
    options.streams = absl::GetFlag(FLAGS_streams);
    return RunMemoryLoad(config, options);
  }
  if (workload == "open_streams") {
    return RunOpenStreamsLoad(config, absl::GetFlag(FLAGS_streams),
                              UnaryOptions());
  }
  if (workload == "channels") {
    return RunManyChannelsLoad(config, connections > 0 ? connections : 1000,
                               UnaryOptions());
  }
  return RunOnOneChannel(workload, config);
}

int Main() {
  RaiseFileLimit();
  auto measured = Run(absl::GetFlag(FLAGS_workload));
  if (!measured.ok()) {
    std::fprintf(stderr, "client: %s\n", measured.status().ToString().c_str());
    return 1;
  }
  measured->set_grpc_version(grpc::Version());
  const auto json = ToJson(*measured);
  if (!json.ok()) {
    std::fprintf(stderr, "client: %s\n", json.status().ToString().c_str());
    return 1;
  }
  std::printf("%s\n", json->c_str());
  return 0;
}

}  // namespace
}  // namespace bench
}  // namespace loopy

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Runs one workload over one transport; prints a Measurement as JSON.");
  absl::ParseCommandLine(argc, argv);
  return loopy::bench::Main();
}
