#ifndef LOOPY_TRANSPORT_CORE_GLUE_V1_51_REGISTRATION_H_
#define LOOPY_TRANSPORT_CORE_GLUE_V1_51_REGISTRATION_H_

#include "absl/strings/string_view.h"
#include "src/core/lib/config/core_configuration.h"

namespace loopy {

// The gRPC release that core_glue/v1_51 fits; another has other structures
// under the same names. Both are checked: releases share a core version, and
// the two libraries of a process need not belong together.
inline constexpr char kSupportedGrpcVersion[] = "1.51.1";  // grpc::Version
inline constexpr char kSupportedGrpcCoreVersion[] =
    "29.0.0";  // grpc_version_string

// Whether this process has the supported gRPC. If not, one line goes to the
// log.
bool CheckGrpcVersion(absl::string_view version,
                      absl::string_view core_version);

// Which transport a channel has that does not say (channel argument
// loopy.transport).
enum class DefaultTransport { kBuiltIn, kLoopy };

// Lets client channels of `builder`'s configuration choose this transport: adds
// a stage that gives those that do our ClientChannelFactory. gRPC's own is put
// into a channel's arguments after preconditioning, so this is the first chance
// to replace it, and before the client channel filter looks for it.
void AddClientChannelStage(grpc_core::CoreConfiguration::Builder* builder,
                           DefaultTransport default_transport);

// Adds the stage to gRPC's configuration, whether or not it was built already.
// Changes nothing, and returns false, unless CheckGrpcVersion agrees.
// Idempotent; any thread.
bool RegisterWithCore(absl::string_view version,
                      absl::string_view core_version);

// Whether a client channel created now, with loopy.transport set to 1, would
// use this transport. Builds gRPC's configuration if there is none.
bool IsRegisteredWithCore();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_V1_51_REGISTRATION_H_
