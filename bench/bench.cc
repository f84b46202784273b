// ./dev bench runs the workloads on loopy and on chttp2, side by side.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "bench/report.pb.h"
#include "bench/side_by_side.h"
#include "bench/table.h"
#include "bench/workload.h"
#include "tests/support/json.h"
#include "tests/support/subprocess.h"
#include "tools/cpp/runfiles/runfiles.h"

ABSL_FLAG(int, repetitions, 5, "runs of each workload on each transport");
ABSL_FLAG(absl::Duration, measured, absl::Seconds(1),
          "the measured time of a run");
ABSL_FLAG(std::vector<std::string>, workloads, {},
          "the workloads to run, such as unary_1,connect; none means all");
ABSL_FLAG(std::vector<std::string>, servers,
          std::vector<std::string>({"cpp", "go"}), "cpp, go or both");
ABSL_FLAG(bool, json, false, "print the report as JSON");
ABSL_FLAG(bool, self_check, false,
          "chttp2 on both sides; fails if a median ratio is not close to 1, "
          "which shows how far the other figures can be believed");
ABSL_FLAG(double, self_check_tolerance, 0.15,
          "self check: how far from 1 the ratio of a rate or of CPU may be");
ABSL_FLAG(
    bool, has_ph2, false,
    "add a column for gRPC's coming client transport, which this gRPC has");
ABSL_FLAG(std::string, other, "",
          "RELEASE=COMMAND: add columns for the client of another release of "
          "gRPC, which has that transport");
ABSL_FLAG(bool, require_level, false, "fail if loopy is worse in a row");

namespace loopy {
namespace bench {
namespace {

using bazel::tools::cpp::runfiles::Runfiles;

constexpr absl::Duration kStartBound = absl::Seconds(20);

// A server program and its address.
struct RunningServer {
  std::unique_ptr<Subprocess> program;
  ServerAddress address;
};

absl::StatusOr<RunningServer> StartServer(const std::string& name,
                                          const Runfiles& runfiles) {
  const std::string root = "com_github_grpc_loopy/";
  std::vector<std::string> argv;
  if (name == "cpp") {
    argv = {runfiles.Rlocation(root + "bench/server")};
  } else if (name == "go") {
    // These flags give an ordinary server grpc-go's windows and the kernel's
    // buffers.
    argv = {runfiles.Rlocation(root + "interop/go/server"), "--window=0",
            "--recv_buffer=0"};
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("--servers: '", name, "' is neither 'cpp' nor 'go'"));
  }
  // grpc-go then logs on stderr why it closes a connection with an error.
  auto program = Subprocess::Start(argv, Subprocess::Stderr::kInherited,
                                   {{"GRPC_GO_LOG_SEVERITY_LEVEL", "warning"}});
  if (!program.ok()) return program.status();
  const auto ready = (*program)->ReadLine(kStartBound);
  if (!ready.ok()) return ready.status();
  int port = 0;
  if (std::sscanf(ready->c_str(), "port=%d", &port) != 1) {
    return absl::InternalError(
        absl::StrCat("the ", name, " server printed: ", *ready));
  }
  RunningServer server;
  server.program = *std::move(program);
  server.address = {name, absl::StrCat("127.0.0.1:", port)};
  return server;
}

absl::StatusOr<std::vector<Workload>> WantedWorkloads() {
  const std::vector<std::string> names = absl::GetFlag(FLAGS_workloads);
  if (names.empty()) return AllWorkloads();
  std::vector<Workload> wanted;
  for (const std::string& name : names) {
    const auto found = std::find_if(
        AllWorkloads().begin(), AllWorkloads().end(),
        [&name](const Workload& workload) { return workload.name == name; });
    if (found == AllWorkloads().end()) {
      std::string known;
      for (const Workload& workload : AllWorkloads()) {
        absl::StrAppend(&known, "\n  ", workload.name, ": ",
                        workload.description);
      }
      return absl::InvalidArgumentError(
          absl::StrCat("--workloads: no '", name, "' among", known));
    }
    wanted.push_back(*found);
  }
  return wanted;
}

// Returns gRPC's coming client transport, whose bidirectional calls hang with
// retries.
Client Ph2(const std::vector<std::string>& command) {
  Client client = {"ph2", command, {{"GRPC_EXPERIMENTS", "ph2_client"}}};
  client.command.emplace_back("--transport=chttp2");
  client.command.emplace_back("--retries=false");
  return client;
}

absl::StatusOr<std::vector<Client>> WantedOthers(const std::string& client) {
  std::vector<Client> others;
  if (absl::GetFlag(FLAGS_has_ph2)) others.push_back(Ph2({client}));
  const std::string other = absl::GetFlag(FLAGS_other);
  if (other.empty()) return others;
  const std::pair<std::string, std::string> named =
      absl::StrSplit(other, absl::MaxSplits('=', 1));
  const std::vector<std::string> command =
      absl::StrSplit(named.second, ' ', absl::SkipEmpty());
  if (command.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--other=", other, " is not RELEASE=COMMAND"));
  }
  for (const std::string transport : {"loopy", "chttp2"}) {
    others.push_back({absl::StrCat(transport, "-", named.first), command, {}});
    others.back().command.push_back(absl::StrCat("--transport=", transport));
  }
  others.push_back(Ph2(command));
  absl::StrAppend(&others.back().name, "-", named.first);
  return others;
}

absl::StatusOr<Report> Run(const Runfiles& runfiles) {
  const auto workloads = WantedWorkloads();
  if (!workloads.ok()) return workloads.status();
  SideBySideOptions options;
  options.client =
      runfiles.Rlocation("com_github_grpc_loopy/bench/client/client");
  options.repetitions = std::max(1, absl::GetFlag(FLAGS_repetitions));
  options.measured = absl::GetFlag(FLAGS_measured);
  options.self_check = absl::GetFlag(FLAGS_self_check);
  auto others = WantedOthers(options.client);
  if (!others.ok()) return others.status();
  options.others = *std::move(others);
  Report report;
  for (const Client& client : options.others) report.add_others(client.name);
  report.set_self_check(options.self_check);
  report.set_repetitions(options.repetitions);
  report.set_seconds(absl::ToDoubleSeconds(options.measured));
  for (const std::string& name : absl::GetFlag(FLAGS_servers)) {
    const auto server = StartServer(name, runfiles);
    if (!server.ok()) return server.status();
    for (const Workload& workload : *workloads) {
      std::fprintf(stderr, "bench: %s to the %s server\n",
                   workload.description.c_str(), name.c_str());
      const auto rows = RunSideBySide(options, server->address, workload);
      if (!rows.ok()) return rows.status();
      for (const Row& row : *rows) *report.add_rows() = row;
    }
  }
  return report;
}

absl::Status Print(const Report& report) {
  std::string text;
  if (absl::GetFlag(FLAGS_json)) {
    const auto json = ToJson(report);
    if (!json.ok()) return json.status();
    text = *json + '\n';
  } else {
    text = FormatTable(report);
  }
  std::fputs(text.c_str(), stdout);
  return absl::OkStatus();
}

// The check leaves out p99, since a run of a second on a busy machine has few
// samples of it.
bool SelfCheckPassed(const Report& report) {
  const double tolerance = absl::GetFlag(FLAGS_self_check_tolerance);
  return std::all_of(
      report.rows().begin(), report.rows().end(), [tolerance](const Row& row) {
        return row.metric() == "p99" || (row.ratio() <= 1 + tolerance &&
                                         row.ratio() >= 1 / (1 + tolerance));
      });
}

bool AllLevel(const Report& report) {
  return std::all_of(report.rows().begin(), report.rows().end(),
                     [](const Row& row) { return row.at_least_level(); });
}

int Main(const char* argv0) {
  std::string error;
  const std::unique_ptr<Runfiles> runfiles(Runfiles::Create(argv0, &error));
  if (runfiles == nullptr) {
    std::fprintf(stderr, "bench: %s\n", error.c_str());
    return 2;
  }
  const auto report = Run(*runfiles);
  if (!report.ok()) {
    std::fprintf(stderr, "bench: %s\n", report.status().ToString().c_str());
    return 2;
  }
  const absl::Status printed = Print(*report);
  if (!printed.ok()) {
    std::fprintf(stderr, "bench: %s\n", printed.ToString().c_str());
    return 2;
  }
  if (report->self_check()) {
    if (SelfCheckPassed(*report)) return 0;
    std::fputs("bench: the self check failed: a ratio is not close to 1\n",
               stderr);
    return 1;
  }
  return absl::GetFlag(FLAGS_require_level) && !AllLevel(*report) ? 1 : 0;
}

}  // namespace
}  // namespace bench
}  // namespace loopy

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "Runs each workload on loopy and on chttp2 in turns, against a gRPC C++ "
      "and a grpc-go server on this machine.");
  absl::ParseCommandLine(argc, argv);
  return loopy::bench::Main(argv[0]);
}
