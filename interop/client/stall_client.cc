// Runs one scenario of the stall demo and prints its ScenarioResult as JSON.

#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "interop/client/scenarios.h"
#include "proto/scenario.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/json.h"
#include "tests/support/test_ca.h"

ABSL_FLAG(loopy::TransportKind, transport, loopy::TransportKind::kLoopy,
          "loopy or chttp2");
ABSL_FLAG(std::string, scenario, "", "a, b, c, d, e or f");
ABSL_FLAG(std::string, server, "", "host:port of the server's test port");
ABSL_FLAG(std::string, control, "", "host:port of the server's control port");
ABSL_FLAG(int32_t, stall_ms, 10000, "how long the server does not read");
ABSL_FLAG(int32_t, deadline_ms, 2000, "a: the call's deadline");
ABSL_FLAG(int32_t, payload_bytes, 64 << 20, "a: the call's message");
ABSL_FLAG(uint32_t, uploads, 4, "b, c, e, f: uploads with a stuck write");
ABSL_FLAG(int32_t, resume_after_ms, 300,
          "a, c: the server reads again this long after the call's end (a), or "
          "after the close began (c)");
ABSL_FLAG(uint32_t, bulk_streams, 16, "d: uploads beside the small calls");
ABSL_FLAG(double, seconds, 3, "d: how long the small calls are measured");
ABSL_FLAG(uint32_t, callers, 32, "f: threads that call during the stall");
ABSL_FLAG(int32_t, caller_payload_bytes, 64 << 10, "f: their messages");
ABSL_FLAG(int32_t, caller_deadline_ms, 100, "f: their calls' deadline");
ABSL_FLAG(bool, streaming, false,
          "f: they make client-streaming calls, and write until the calls end");
ABSL_FLAG(bool, cancel_uploads, false,
          "f: the uploads are cancelled before anything is measured");
ABSL_FLAG(bool, retries, true, "whether gRPC may retry calls");
ABSL_FLAG(bool, use_tls, false, "connect with TLS");
ABSL_FLAG(std::string, ca_file, "", "root certificates for TLS, in PEM");
ABSL_FLAG(std::string, server_host_override, loopy::kTestServerName,
          "the server's name in TLS");

namespace loopy {
namespace interop {
namespace {

ScenarioOptions OptionsFromFlags() {
  ScenarioOptions options;
  options.channel.target = absl::GetFlag(FLAGS_server);
  options.channel.transport = absl::GetFlag(FLAGS_transport);
  options.channel.retries = absl::GetFlag(FLAGS_retries);
  options.channel.use_tls = absl::GetFlag(FLAGS_use_tls);
  if (options.channel.use_tls) {
    options.channel.ca_file = absl::GetFlag(FLAGS_ca_file);
    options.channel.host_override = absl::GetFlag(FLAGS_server_host_override);
  }
  options.control = absl::GetFlag(FLAGS_control);
  options.stall = absl::Milliseconds(absl::GetFlag(FLAGS_stall_ms));
  options.deadline = absl::Milliseconds(absl::GetFlag(FLAGS_deadline_ms));
  options.payload_bytes =
      static_cast<size_t>(absl::GetFlag(FLAGS_payload_bytes));
  options.uploads = absl::GetFlag(FLAGS_uploads);
  options.resume_after =
      absl::Milliseconds(absl::GetFlag(FLAGS_resume_after_ms));
  options.bulk_streams = absl::GetFlag(FLAGS_bulk_streams);
  options.measured = absl::Seconds(absl::GetFlag(FLAGS_seconds));
  MemoryOptions& memory = options.memory;
  memory.callers = absl::GetFlag(FLAGS_callers);
  memory.payload_bytes =
      static_cast<size_t>(absl::GetFlag(FLAGS_caller_payload_bytes));
  memory.deadline = absl::Milliseconds(absl::GetFlag(FLAGS_caller_deadline_ms));
  memory.streaming = absl::GetFlag(FLAGS_streaming);
  memory.cancel_uploads = absl::GetFlag(FLAGS_cancel_uploads);
  options.uploads_first = memory.cancel_uploads;
  return options;
}

// Moves the measurement into its place, or sets the error.
template <typename Measured>
void Store(absl::StatusOr<Measured> measured, Measured* place,
           ScenarioResult* result) {
  if (measured.ok()) {
    *place = *std::move(measured);
  } else {
    result->clear_result();
    result->set_error(measured.status().ToString());
  }
}

// Returns false if there is no such scenario.
bool Run(const std::string& scenario, const ScenarioOptions& options,
         ScenarioResult* result) {
  if (scenario == "a") {
    Store(RunDeadlineScenario(options), result->mutable_deadline(), result);
  } else if (scenario == "b") {
    Store(RunCloseScenario(options), result->mutable_close(), result);
  } else if (scenario == "c") {
    Store(RunLingerScenario(options), result->mutable_linger(), result);
  } else if (scenario == "d") {
    Store(RunFairnessScenario(options), result->mutable_fairness(), result);
  } else if (scenario == "e") {
    Store(RunCancelScenario(options), result->mutable_cancel(), result);
  } else if (scenario == "f") {
    Store(RunMemoryScenario(options), result->mutable_memory(), result);
  } else {
    return false;
  }
  return true;
}

int Main() {
  const ScenarioOptions options = OptionsFromFlags();
  if (options.channel.target.empty() || options.control.empty()) {
    std::fputs("stall_client: --server and --control are needed\n", stderr);
    return 2;
  }
  ScenarioResult result;
  result.set_client(std::string(TransportName(options.channel.transport)));
  const std::string scenario = absl::GetFlag(FLAGS_scenario);
  if (!Run(scenario, options, &result)) {
    std::fprintf(stderr,
                 "stall_client: --scenario is '%s', not a, b, c, d, e or f\n",
                 scenario.c_str());
    return 2;
  }
  const auto json = ToJson(result);
  if (!json.ok()) {
    std::fprintf(stderr, "stall_client: %s\n",
                 json.status().ToString().c_str());
    return 1;
  }
  std::printf("%s\n", json->c_str());
  return result.error().empty() ? 0 : 1;
}

}  // namespace
}  // namespace interop
}  // namespace loopy

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Runs one scenario of the stall demo; prints a ScenarioResult as JSON.");
  absl::ParseCommandLine(argc, argv);
  return loopy::interop::Main();
}
