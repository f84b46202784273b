#ifndef LOOPY_TESTS_INTEGRATION_GO_SERVER_H_
#define LOOPY_TESTS_INTEGRATION_GO_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "interop/client/channel_factory.h"
#include "interop/client/control_client.h"
#include "interop/client/transport_choice.h"
#include "tests/integration/subprocess.h"

namespace loopy {

// The grpc-go test server of interop/go, as a program of its own on loopback.
//
// Example:
//   auto server = GoServer::Start(GoServer::Security::kTls);
//   auto channel = interop::MakeChannel(
//       (*server)->ClientConfig(interop::TransportKind::kLoopy));
//   (*server)->control().GetReport();
//
// Lifetime: the server ends with the object. Threads: as ControlClient.
class GoServer {
 public:
  enum class Security { kPlain, kTls };

  // `flags` are further flags of the server.
  static absl::StatusOr<std::unique_ptr<GoServer>> Start(
      Security security, const std::vector<std::string>& flags = {});

  GoServer(const GoServer&) = delete;
  GoServer& operator=(const GoServer&) = delete;

  // What a client's channel to this server is made with.
  interop::ChannelConfig ClientConfig(interop::TransportKind transport) const;
  // host:port of the test and of the control service.
  const std::string& target() const { return target_; }
  const std::string& control_target() const { return control_target_; }
  interop::ControlClient& control() { return *control_; }

 private:
  GoServer() = default;

  Security security_ = Security::kPlain;
  std::string ca_file_;
  std::string target_;
  std::string control_target_;
  std::unique_ptr<Subprocess> program_;
  std::unique_ptr<interop::ControlClient> control_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_GO_SERVER_H_
