#include "transport/adapter/registration/registration.h"

#include <stdlib.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "loopy/channel_arg_names.h"
#include "transport/adapter/channel/environment.h"
#include "transport/adapter/registration/core_configuration_access.h"
#include "transport/adapter/registration/supported_version.h"
#include "transport/adapter/transport/timeline_file.h"
#include "transport/base/log.h"
#include "transport/base/mutex.h"

namespace loopy {
namespace {

bool IsSwitchedOff() {
  const char* const value = secure_getenv("LOOPY_TRANSPORT");
  return value != nullptr && absl::string_view(value) == "0";
}

bool IsSupported(absl::string_view version) {
  const absl::string_view supported = kSupportedGrpcVersion;
  if (!kSupportsPatchReleases) return version == supported;
  return absl::StartsWith(version,
                          supported.substr(0, supported.rfind('.') + 1));
}

void AddAsOption(grpc_core::CoreConfiguration::Builder* builder) {
  AddTransport(builder, DefaultTransport::kBuiltIn);
}

}  // namespace

bool CheckGrpcVersion(absl::string_view version,
                      absl::string_view core_version) {
  if (IsSupported(version) && core_version == kSupportedGrpcCoreVersion) {
    return true;
  }
  Log(GPR_ERROR,
      "loopy: this program has gRPC %s (core %s), and this transport is for "
      "gRPC %s (core %s): client channels keep gRPC's built-in transport",
      std::string(version).c_str(), std::string(core_version).c_str(),
      kSupportedGrpcVersion, kSupportedGrpcCoreVersion);
  return false;
}

void OnProcessStart(DefaultTransport default_transport) {
  if (!IsSwitchedOff()) StartTimelineFromEnvironment();
  const char* const verbose = secure_getenv("LOOPY_VERBOSE");
  if (verbose == nullptr || absl::string_view(verbose) != "1") return;
  const char* const users = IsSwitchedOff() ? "no channel uses it"
                            : default_transport == DefaultTransport::kLoopy
                                ? "client channels use it"
                                : "client channels that choose it use it";
  Log(GPR_ERROR, "loopy: for gRPC %s; %s; the environment sets %s",
      kSupportedGrpcVersion, users, DescribeEnvironment().c_str());
}

absl::optional<bool> ChosenTransport(const grpc_core::ChannelArgs& args) {
  if (IsSwitchedOff()) return false;
  return args.GetBool(kTransportArg);
}

bool RegisterWithCore(absl::string_view version,
                      absl::string_view core_version) {
  if (!CheckGrpcVersion(version, core_version)) return false;
  static auto* const mu = new Mutex(LockRank::kRegistration);
  static bool logged = false;
  MutexLock lock(mu);
  if (!std::exchange(logged, true)) OnProcessStart(DefaultTransport::kBuiltIn);
  AddToCoreConfigurationBuilders(AddAsOption);
  if (HasCoreConfiguration() && !IsRegisteredWithCore()) {
    RebuildCoreConfiguration();
  }
  return true;
}

}  // namespace loopy
