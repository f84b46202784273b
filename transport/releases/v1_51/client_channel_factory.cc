#include "transport/releases/v1_51/client_channel_factory.h"

#include <grpc/grpc.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "src/core/lib/gprpp/orphanable.h"
#include "src/core/lib/security/credentials/credentials.h"
#include "src/core/lib/security/security_connector/security_connector.h"
#include "transport/adapter/connect/connector.h"
#include "transport/base/log.h"

namespace loopy {
namespace {

// Returns `args` with the security connector that the channel's credentials
// make for its authority. Insecure credentials make one too.
absl::StatusOr<grpc_core::ChannelArgs> WithSecurityConnector(
    grpc_core::ChannelArgs args) {
  auto* const credentials = args.GetObject<grpc_channel_credentials>();
  if (credentials == nullptr) {
    return absl::InternalError("the channel has no credentials");
  }
  if (args.Contains(GRPC_ARG_SECURITY_CONNECTOR)) {
    return absl::InternalError("there is a security connector already");
  }
  const absl::optional<std::string> authority =
      args.GetOwnedString(GRPC_ARG_DEFAULT_AUTHORITY);
  if (!authority.has_value()) {
    return absl::InternalError("the channel has no authority");
  }
  grpc_core::RefCountedPtr<grpc_channel_security_connector> connector =
      credentials->create_security_connector(/*call_creds=*/nullptr,
                                             authority->c_str(), &args);
  if (connector == nullptr) {
    return absl::InternalError(absl::StrCat(
        "the credentials make no security connector for ", *authority));
  }
  return args.SetObject(std::move(connector));
}

}  // namespace

grpc_core::ClientChannelFactory* ClientChannelFactory::Get() {
  static auto* const factory = new ClientChannelFactory();
  return factory;
}

grpc_core::RefCountedPtr<grpc_core::Subchannel>
ClientChannelFactory::CreateSubchannel(const grpc_resolved_address& address,
                                       const grpc_core::ChannelArgs& args) {
  const absl::StatusOr<grpc_core::ChannelArgs> secure_args =
      WithSecurityConnector(args);
  if (!secure_args.ok()) {
    Log(GPR_ERROR, "loopy: cannot make a subchannel: %s; channel args: %s",
        secure_args.status().ToString().c_str(), args.ToString().c_str());
    return nullptr;
  }
  return grpc_core::Subchannel::Create(grpc_core::MakeOrphanable<Connector>(),
                                       address, *secure_args);
}

}  // namespace loopy
