// This is gRPC's interop test client, over either transport.
//
// Its exit code is 0 if the case passed, 1 if it failed, 2 for wrong flags and
// 3 without a connection.

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "interop/client/interop_cases.h"
#include "tests/support/channel_factory.h"
#include "tests/support/test_ca.h"

ABSL_FLAG(std::string, server_host, "localhost", "the server's host");
ABSL_FLAG(int32_t, server_port, 0, "the server's port");
ABSL_FLAG(std::string, server_host_override, "",
          "the server's name in TLS and in :authority");
ABSL_FLAG(std::string, test_case, "large_unary",
          "the case; 'list' prints the names of all");
ABSL_FLAG(bool, use_tls, false, "connect with TLS");
ABSL_FLAG(bool, use_test_ca, false,
          "trust the test servers' root certificate, not the platform's");
ABSL_FLAG(
    std::string, test_ca_file, "",
    "the test servers' root certificate, if it is not beside this program");
ABSL_FLAG(std::string, service_config_json, "",
          "the service config of all calls");
ABSL_FLAG(loopy::TransportKind, transport, loopy::TransportKind::kLoopy,
          "loopy or chttp2");
ABSL_FLAG(int32_t, connect_timeout_ms, 10000,
          "how long the connection may take");
ABSL_FLAG(int32_t, soak_iterations, 10, "soak: how many calls");
ABSL_FLAG(int32_t, soak_max_failures, 0, "soak: how many calls may fail");
ABSL_FLAG(int32_t, soak_per_iteration_max_acceptable_latency_ms, 1000,
          "soak: a call that takes longer has failed");
ABSL_FLAG(int32_t, soak_overall_timeout_seconds, 0,
          "soak: stop and fail after this; 0: iterations times the latency");
ABSL_FLAG(int32_t, soak_min_time_ms_between_rpcs, 0,
          "soak: the least time from one call's start to the next's");

namespace loopy {
namespace interop {
namespace {

constexpr int kPassed = 0;
constexpr int kFailed = 1;
constexpr int kWrongFlags = 2;
constexpr int kNoConnection = 3;

int Fail(int code, absl::string_view text) {
  std::cerr << "interop_client: " << text << std::endl;
  return code;
}

std::string TestCaseNames(absl::string_view separator) {
  std::vector<absl::string_view> names;
  for (const TestCase& test_case : AllTestCases()) {
    names.push_back(test_case.name);
  }
  return absl::StrJoin(names, separator);
}

SoakOptions SoakOptionsFromFlags() {
  SoakOptions soak;
  soak.iterations = absl::GetFlag(FLAGS_soak_iterations);
  soak.max_failures = absl::GetFlag(FLAGS_soak_max_failures);
  soak.max_latency = absl::Milliseconds(
      absl::GetFlag(FLAGS_soak_per_iteration_max_acceptable_latency_ms));
  const int32_t overall = absl::GetFlag(FLAGS_soak_overall_timeout_seconds);
  if (overall > 0) soak.overall_timeout = absl::Seconds(overall);
  soak.min_time_between_rpcs =
      absl::Milliseconds(absl::GetFlag(FLAGS_soak_min_time_ms_between_rpcs));
  return soak;
}

absl::StatusOr<ChannelConfig> ConfigFromFlags(const std::string& argv0) {
  ChannelConfig config;
  config.target = absl::StrCat(absl::GetFlag(FLAGS_server_host), ":",
                               absl::GetFlag(FLAGS_server_port));
  config.transport = absl::GetFlag(FLAGS_transport);
  config.use_tls = absl::GetFlag(FLAGS_use_tls);
  config.host_override = absl::GetFlag(FLAGS_server_host_override);
  config.service_config_json = absl::GetFlag(FLAGS_service_config_json);
  if (config.use_tls && absl::GetFlag(FLAGS_use_test_ca)) {
    config.ca_file = absl::GetFlag(FLAGS_test_ca_file);
    if (config.ca_file.empty()) {
      auto ca_file = FindTestCa(argv0);
      if (!ca_file.ok()) return ca_file.status();
      config.ca_file = *std::move(ca_file);
    }
  }
  return config;
}

int Main(const std::string& argv0) {
  const std::string name = absl::GetFlag(FLAGS_test_case);
  if (name == "list") {
    std::cout << TestCaseNames("\n") << std::endl;
    return kPassed;
  }
  const TestCase* test_case = FindTestCase(name);
  if (test_case == nullptr) {
    return Fail(kWrongFlags,
                absl::StrCat("there is no test case '", name,
                             "'; there are: ", TestCaseNames(", ")));
  }
  if (absl::GetFlag(FLAGS_server_port) <= 0 ||
      absl::GetFlag(FLAGS_server_port) > 65535) {
    return Fail(kWrongFlags, "--server_port is needed, 1 to 65535");
  }
  TestContext test;
  auto config = ConfigFromFlags(argv0);
  if (!config.ok()) return Fail(kWrongFlags, config.status().message());
  test.config = *std::move(config);
  test.soak = SoakOptionsFromFlags();
  test.log = &std::cerr;
  auto channel = MakeChannel(test.config);
  if (!channel.ok()) return Fail(kWrongFlags, channel.status().message());
  test.channel = *std::move(channel);
  const absl::Status connected = AwaitConnected(
      test.channel,
      absl::Milliseconds(absl::GetFlag(FLAGS_connect_timeout_ms)));
  if (!connected.ok()) {
    return Fail(kNoConnection,
                absl::StrCat("no connection to ", test.config.target, ": ",
                             connected.message()));
  }
  const absl::Status result = test_case->run(test);
  if (!result.ok()) {
    return Fail(kFailed, absl::StrCat(name, " failed: ", result.message()));
  }
  std::cerr << "interop_client: " << name << " passed" << std::endl;
  return kPassed;
}

}  // namespace
}  // namespace interop
}  // namespace loopy

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Runs one of gRPC's interop test cases against a server.");
  absl::ParseCommandLine(argc, argv);
  return loopy::interop::Main(argv[0]);
}
