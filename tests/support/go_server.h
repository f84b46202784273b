#ifndef LOOPY_TESTS_SUPPORT_GO_SERVER_H_
#define LOOPY_TESTS_SUPPORT_GO_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/support/channel_factory.h"
#include "tests/support/control_client.h"
#include "tests/support/subprocess.h"

namespace loopy {

// Runs the grpc-go test server of interop/go on loopback.
//
// Example:
//   auto server = GoServer::Start(GoServer::Security::kTls);
//   auto channel = MakeChannel(
//       (*server)->ClientConfig(TransportKind::kLoopy));
//   (*server)->control().GetReport();
//
// The server ends with the object. Thread-safe.
class GoServer {
 public:
  enum class Security { kPlain, kTls };

  // `flags` are further flags of the server.
  static absl::StatusOr<std::unique_ptr<GoServer>> Start(
      Security security, const std::vector<std::string>& flags = {});

  GoServer(const GoServer&) = delete;
  GoServer& operator=(const GoServer&) = delete;

  // Returns the configuration of a client's channel to this server.
  ChannelConfig ClientConfig(TransportKind transport) const;
  // These are the host:port of the test and of the control service.
  const std::string& target() const { return target_; }
  const std::string& control_target() const { return control_target_; }
  ControlClient& control() { return *control_; }

 private:
  GoServer() = default;

  Security security_ = Security::kPlain;
  std::string ca_file_;
  std::string target_;
  std::string control_target_;
  std::unique_ptr<Subprocess> program_;
  std::unique_ptr<ControlClient> control_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_GO_SERVER_H_
