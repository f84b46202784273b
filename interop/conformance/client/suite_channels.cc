#include "interop/conformance/client/suite_channels.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "absl/strings/str_cat.h"

namespace loopy {
namespace conformance {
namespace {

using ::connectrpc::conformance::v1::ClientCompatRequest;

// Serializes the part of a request that says how to connect.
std::string Key(const ClientCompatRequest& request) {
  ClientCompatRequest key;
  key.set_host(request.host());
  key.set_port(request.port());
  key.set_server_tls_cert(request.server_tls_cert());
  *key.mutable_client_tls_creds() = request.client_tls_creds();
  key.set_message_receive_limit(request.message_receive_limit());
  return key.SerializeAsString();
}

std::shared_ptr<grpc::ChannelCredentials> MakeCredentials(
    const ClientCompatRequest& request) {
  if (request.server_tls_cert().empty()) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = request.server_tls_cert();
  options.pem_cert_chain = request.client_tls_creds().cert();
  options.pem_private_key = request.client_tls_creds().key();
  return grpc::SslCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::Channel> SuiteChannels::Get(
    const ClientCompatRequest& request) {
  if (connections_ == Connections::kPerCall) return Make(request);
  absl::MutexLock lock(&mu_);
  std::shared_ptr<grpc::Channel>& channel = channels_[Key(request)];
  if (channel == nullptr) channel = Make(request);
  return channel;
}

std::shared_ptr<grpc::Channel> SuiteChannels::Make(
    const ClientCompatRequest& request) const {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (request.message_receive_limit() > 0) {
    args.SetMaxReceiveMessageSize(
        static_cast<int>(request.message_receive_limit()));
  }
  ChooseTransport(transport_, &args);
  return grpc::CreateCustomChannel(
      absl::StrCat(request.host(), ":", request.port()),
      MakeCredentials(request), args);
}

}  // namespace conformance
}  // namespace loopy
