#include "transport/adapter/registration/registration.h"

#include <cstdlib>
#include <string>

#include "transport/adapter/channel/channel_arg_names.h"
#include "transport/adapter/registration/core_configuration_access.h"
#include "transport/adapter/registration/supported_version.h"
#include "transport/base/log.h"
#include "transport/base/mutex.h"

namespace loopy {
namespace {

void AddAsOption(grpc_core::CoreConfiguration::Builder* builder) {
  AddTransport(builder, DefaultTransport::kBuiltIn);
}

}  // namespace

bool CheckGrpcVersion(absl::string_view version,
                      absl::string_view core_version) {
  if (version == kSupportedGrpcVersion &&
      core_version == kSupportedGrpcCoreVersion) {
    return true;
  }
  Log(GPR_ERROR,
      "loopy: this program has gRPC %s (core %s), and this transport is for "
      "gRPC %s (core %s): client channels keep gRPC's built-in transport",
      std::string(version).c_str(), std::string(core_version).c_str(),
      kSupportedGrpcVersion, kSupportedGrpcCoreVersion);
  return false;
}

absl::optional<bool> ChosenTransport(const grpc_core::ChannelArgs& args) {
  const char* const environment = std::getenv("LOOPY_TRANSPORT");
  if (environment != nullptr && absl::string_view(environment) == "0") {
    return false;
  }
  return args.GetBool(kTransportArg);
}

bool RegisterWithCore(absl::string_view version,
                      absl::string_view core_version) {
  if (!CheckGrpcVersion(version, core_version)) return false;
  static auto* const mu = new Mutex(LockRank::kRegistration);
  MutexLock lock(mu);
  AddToCoreConfigurationBuilders(AddAsOption);
  if (HasCoreConfiguration() && !IsRegisteredWithCore()) {
    RebuildCoreConfiguration();
  }
  return true;
}

}  // namespace loopy
