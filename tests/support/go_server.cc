#include "tests/support/go_server.h"

#include <cstdio>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/support/test_ca.h"
#include "tools/cpp/runfiles/runfiles.h"

namespace loopy {
namespace {

using bazel::tools::cpp::runfiles::Runfiles;

constexpr absl::Duration kStartBound = absl::Seconds(20);

absl::StatusOr<std::string> FindServer() {
  std::string error;
  const std::unique_ptr<Runfiles> runfiles(Runfiles::CreateForTest(&error));
  if (runfiles == nullptr) return absl::NotFoundError(error);
  return runfiles->Rlocation("com_github_grpc_loopy/interop/go/server");
}

}  // namespace

absl::StatusOr<std::unique_ptr<GoServer>> GoServer::Start(
    Security security, const std::vector<std::string>& flags) {
  const auto path = FindServer();
  if (!path.ok()) return path.status();
  std::unique_ptr<GoServer> server(new GoServer());
  server->security_ = security;
  std::vector<std::string> argv = {*path};
  if (security == Security::kTls) {
    auto ca_file = FindTestCa(/*argv0=*/"");
    if (!ca_file.ok()) return ca_file.status();
    server->ca_file_ = *std::move(ca_file);
    argv.push_back("--use_tls=true");
  }
  argv.insert(argv.end(), flags.begin(), flags.end());
  auto program = Subprocess::Start(argv);
  if (!program.ok()) return program.status();
  server->program_ = *std::move(program);
  const auto ready = server->program_->ReadLine(kStartBound);
  if (!ready.ok()) return ready.status();
  int port = 0;
  int control_port = 0;
  if (std::sscanf(ready->c_str(), "port=%d control_port=%d", &port,
                  &control_port) != 2) {
    return absl::InternalError(absl::StrCat("the Go server said: ", *ready));
  }
  server->target_ = absl::StrCat("127.0.0.1:", port);
  server->control_target_ = absl::StrCat("127.0.0.1:", control_port);
  server->control_ = std::make_unique<ControlClient>(server->control_target_);
  return server;
}

ChannelConfig GoServer::ClientConfig(TransportKind transport) const {
  ChannelConfig config;
  config.target = target_;
  config.transport = transport;
  if (security_ == Security::kTls) {
    config.use_tls = true;
    config.ca_file = ca_file_;
    config.host_override = kTestServerName;
  }
  return config;
}

}  // namespace loopy
