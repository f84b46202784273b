#ifndef LOOPY_TRANSPORT_ADAPTER_REGISTRATION_REGISTRATION_H_
#define LOOPY_TRANSPORT_ADAPTER_REGISTRATION_REGISTRATION_H_

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "transport/adapter/release.h"

namespace loopy {

// Returns whether this process has the supported gRPC (supported_version.h).
// Writes one line to the log if not.
bool CheckGrpcVersion(absl::string_view version,
                      absl::string_view core_version);

// The transport of a channel that does not choose one.
enum class DefaultTransport { kBuiltIn, kLoopy };

// Does what the environment wants of a process at its start. LOOPY_VERBOSE=1:
// writes one line to the log: the release, which channels use this transport,
// what the environment sets. LOOPY_TIMELINE: starts the timeline.
void OnProcessStart(DefaultTransport default_transport);

// Returns the transport that a channel's arguments (loopy.transport) and the
// environment (LOOPY_TRANSPORT=0) choose: true is this transport, false the
// built-in one. Returns nothing if neither chooses.
absl::optional<bool> ChosenTransport(const grpc_core::ChannelArgs& args);

// Adds the transport to gRPC's configuration, whether or not it was built
// already. Changes nothing, and returns false, unless CheckGrpcVersion agrees.
// Idempotent; any thread.
bool RegisterWithCore(absl::string_view version,
                      absl::string_view core_version);

// ---- The release defines the rest.

// Lets client channels of `builder`'s configuration choose this transport.
void AddTransport(grpc_core::CoreConfiguration::Builder* builder,
                  DefaultTransport default_transport);

// Returns whether a client channel created now, with loopy.transport set to 1,
// would use this transport. Builds gRPC's configuration if there is none.
bool IsRegisteredWithCore();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_REGISTRATION_REGISTRATION_H_
