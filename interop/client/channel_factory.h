#ifndef LOOPY_INTEROP_CLIENT_CHANNEL_FACTORY_H_
#define LOOPY_INTEROP_CLIENT_CHANNEL_FACTORY_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "interop/client/transport_choice.h"

namespace loopy {
namespace interop {

// Where a channel leads, and over what.
struct ChannelConfig {
  // host:port
  std::string target;
  TransportKind transport = TransportKind::kLoopy;
  bool use_tls = false;
  // Whether gRPC may retry calls, as it does by default.
  bool retries = true;
  // PEM file of the root certificates; empty: the platform's.
  std::string ca_file;
  // The name the server has in TLS and in :authority; empty: its own.
  std::string host_override;
  // Empty: as the name resolution says.
  std::string service_config_json;
  // Instead of what use_tls and ca_file say. Channels with the same arguments
  // and the same credentials share connections; others never do.
  std::shared_ptr<grpc::ChannelCredentials> credentials;
};

// By use_tls and ca_file. Fails if the root certificates cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const ChannelConfig& config);

// Creates a channel; `args` are further arguments of it. Fails if the root
// certificates cannot be read.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(
    const ChannelConfig& config, grpc::ChannelArguments args = {});

// Waits until the channel is connected. The status of a failure says why the
// connection attempt failed; with no outcome within `bound`, it says so.
absl::Status AwaitConnected(const std::shared_ptr<grpc::Channel>& channel,
                            absl::Duration bound);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_CHANNEL_FACTORY_H_
