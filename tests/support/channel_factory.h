#ifndef LOOPY_TESTS_SUPPORT_CHANNEL_FACTORY_H_
#define LOOPY_TESTS_SUPPORT_CHANNEL_FACTORY_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace loopy {

// The client transport of a channel.
enum class TransportKind {
  kLoopy,
  // gRPC's built-in transport.
  kChttp2,
};

// The names on the command line and in results are "loopy" and "chttp2".
absl::string_view TransportName(TransportKind kind);

// These two make TransportKind a type of Abseil's flags.
bool AbslParseFlag(absl::string_view text, TransportKind* kind,
                   std::string* error);
std::string AbslUnparseFlag(TransportKind kind);

// Makes channels created with `args` use the transport. Clients name loopy
// nowhere else.
void ChooseTransport(TransportKind kind, grpc::ChannelArguments* args);

// Says where a channel leads, and over which transport.
struct ChannelConfig {
  // host:port
  std::string target;
  TransportKind transport = TransportKind::kLoopy;
  bool use_tls = false;
  // Whether gRPC may retry calls, as it does by default.
  bool retries = true;
  // The PEM file of the root certificates. Empty means the platform's.
  std::string ca_file;
  // The server's name in TLS and in :authority. Empty means that of `target`.
  std::string host_override;
  // Empty means the service config that name resolution finds.
  std::string service_config_json;
  // Replaces the credentials of use_tls and ca_file. Channels with the same
  // arguments and the same credentials share connections; others never do.
  std::shared_ptr<grpc::ChannelCredentials> credentials;
};

// Makes the credentials that use_tls and ca_file describe. Fails if the root
// certificates cannot be read.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const ChannelConfig& config);

// Creates a channel with `args` as its further arguments. Fails if the root
// certificates cannot be read.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(
    const ChannelConfig& config, grpc::ChannelArguments args = {});

// Waits until the channel is connected. If the connection attempt fails, the
// status says why. DEADLINE_EXCEEDED means no outcome within `bound`.
absl::Status AwaitConnected(const std::shared_ptr<grpc::Channel>& channel,
                            absl::Duration bound);

// Returns the name of the status's code, such as "DEADLINE_EXCEEDED".
std::string CodeName(const grpc::Status& status);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_CHANNEL_FACTORY_H_
