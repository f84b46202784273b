#include "tests/support/channel_factory.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

// Returns the error of a call on a channel that cannot connect.
std::string ConnectError(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(1));
  grpc::testing::Empty request;
  grpc::testing::Empty response;
  return grpc::testing::TestService::NewStub(channel)
      ->EmptyCall(&context, request, &response)
      .error_message();
}

}  // namespace

absl::string_view TransportName(TransportKind kind) {
  switch (kind) {
    case TransportKind::kLoopy:
      return "loopy";
    case TransportKind::kChttp2:
      return "chttp2";
  }
  return "unknown";
}

bool AbslParseFlag(absl::string_view text, TransportKind* kind,
                   std::string* error) {
  for (TransportKind known : {TransportKind::kLoopy, TransportKind::kChttp2}) {
    if (text == TransportName(known)) {
      *kind = known;
      return true;
    }
  }
  *error = absl::StrCat("'", text, "' is neither 'loopy' nor 'chttp2'");
  return false;
}

std::string AbslUnparseFlag(TransportKind kind) {
  return std::string(TransportName(kind));
}

void ChooseTransport(TransportKind kind, grpc::ChannelArguments* args) {
  switch (kind) {
    case TransportKind::kLoopy:
      RegisterTransport();
      UseTransport(args);
      return;
    case TransportKind::kChttp2:
      args->SetInt(kTransportArg, 0);
      return;
  }
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const ChannelConfig& config) {
  if (!config.use_tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (!config.ca_file.empty()) {
    std::ifstream file(config.ca_file, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || text.str().empty()) {
      return absl::NotFoundError(absl::StrCat(
          "cannot read the root certificates in '", config.ca_file, "'"));
    }
    options.pem_root_certs = text.str();
  }
  return grpc::SslCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(
    const ChannelConfig& config, grpc::ChannelArguments args) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = config.credentials;
  if (credentials == nullptr) {
    auto made = MakeCredentials(config);
    if (!made.ok()) return made.status();
    credentials = *std::move(made);
    args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  }
  ChooseTransport(config.transport, &args);
  if (!config.retries) args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  if (!config.host_override.empty()) {
    if (config.use_tls) {
      args.SetSslTargetNameOverride(config.host_override);
    } else {
      args.SetString(GRPC_ARG_DEFAULT_AUTHORITY, config.host_override);
    }
  }
  if (!config.service_config_json.empty()) {
    args.SetServiceConfigJSON(config.service_config_json);
    args.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  }
  return grpc::CreateCustomChannel(config.target, credentials, args);
}

absl::Status AwaitConnected(const std::shared_ptr<grpc::Channel>& channel,
                            absl::Duration bound) {
  const auto deadline =
      std::chrono::system_clock::now() + absl::ToChronoMilliseconds(bound);
  while (true) {
    const grpc_connectivity_state state =
        channel->GetState(/*try_to_connect=*/true);
    switch (state) {
      case GRPC_CHANNEL_READY:
        return absl::OkStatus();
      case GRPC_CHANNEL_TRANSIENT_FAILURE:
      case GRPC_CHANNEL_SHUTDOWN:
        return absl::UnavailableError(ConnectError(channel));
      case GRPC_CHANNEL_IDLE:
      case GRPC_CHANNEL_CONNECTING:
        break;
    }
    if (!channel->WaitForStateChange(state, deadline)) {
      return absl::DeadlineExceededError(
          absl::StrCat("the peer did not complete the HTTP/2 connection in ",
                       absl::FormatDuration(bound)));
    }
  }
}

std::string CodeName(const grpc::Status& status) {
  return absl::StatusCodeToString(
      static_cast<absl::StatusCode>(status.error_code()));
}

}  // namespace loopy
