// This is the client of the soak test (docs/soak.md). It makes calls for a
// while and prints a SoakClientReport as JSON.

#include <grpcpp/version_info.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/time/time.h"
#include "interop/soak/soak_call.h"
#include "interop/soak/soak_run.h"
#include "proto/soak.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/json.h"

ABSL_FLAG(loopy::TransportKind, transport, loopy::TransportKind::kLoopy,
          "loopy or chttp2");
ABSL_FLAG(std::string, target, "", "the servers, as gRPC names them");
ABSL_FLAG(uint32_t, callers, 64, "threads that call");
ABSL_FLAG(double, seconds, 600, "how long they call");
ABSL_FLAG(uint64_t, seed, 0, "the calls' seed; 0 means a new one each time");
// Later releases of gRPC lose a call whose deadline or cancel comes just when
// it is to be tried again: it never ends, on any transport (grpc#41036).
ABSL_FLAG(bool, retry_policy, GRPC_CPP_VERSION_MINOR <= 71,
          "give downloads a retry policy");
ABSL_FLAG(int32_t, margin_ms, 2000,
          "a call that has not ended this long after its deadline hangs");

namespace loopy {
namespace interop {
namespace {

// gRPC does not retry calls whose messages are longer than this buffer.
constexpr int kRetryBufferBytes = 64 << 20;

int Main() {
  ChannelConfig config;
  config.target = absl::GetFlag(FLAGS_target);
  config.transport = absl::GetFlag(FLAGS_transport);
  config.service_config_json =
      SoakCall::ServiceConfigJson(absl::GetFlag(FLAGS_retry_policy));
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, kRetryBufferBytes);
  // A server is down only for a moment.
  args.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  args.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  auto channel = MakeChannel(config, args);
  if (!channel.ok()) {
    std::fprintf(stderr, "soak_client: %s\n",
                 channel.status().ToString().c_str());
    return 1;
  }
  SoakOptions options;
  options.callers = absl::GetFlag(FLAGS_callers);
  options.length = absl::Seconds(absl::GetFlag(FLAGS_seconds));
  options.seed = absl::GetFlag(FLAGS_seed);
  if (options.seed == 0) options.seed = std::random_device()();
  options.margin = absl::Milliseconds(absl::GetFlag(FLAGS_margin_ms));
  auto run = std::make_unique<SoakRun>(*channel, options);
  run->Run();
  SoakClientReport report = run->report();
  report.set_client(std::string(TransportName(config.transport)));
  report.set_retry_policy(absl::GetFlag(FLAGS_retry_policy));
  const auto json = ToJson(report);
  if (!json.ok()) {
    std::fprintf(stderr, "soak_client: %s\n", json.status().ToString().c_str());
    return 1;
  }
  std::printf("%s\n", json->c_str());
  if (report.hangs() > 0) {
    // A call that hangs uses the objects that the destructor would destroy.
    std::fflush(stdout);
    static_cast<void>(run.release());
    std::quick_exit(0);
  }
  return 0;
}

}  // namespace
}  // namespace interop
}  // namespace loopy

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Makes calls for a while; prints a SoakClientReport as JSON.");
  absl::ParseCommandLine(argc, argv);
  if (absl::GetFlag(FLAGS_target).empty()) {
    std::fputs("soak_client: --target is needed\n", stderr);
    return 2;
  }
  return loopy::interop::Main();
}
