#ifndef LOOPY_TRANSPORT_ADAPTER_RELEASE_H_
#define LOOPY_TRANSPORT_ADAPTER_RELEASE_H_

// The interface to a release of gRPC: everything that transport/releases/vX_YY
// provides to the adapter. docs/adding_a_grpc_release.md has the steps for a
// new one.
//
// This header includes the installed release's definitions, and then declares
// each of them once more, with its contract. A release that defines one with
// other types does not compile.
//
// Definitions of more than a few lines have a header of their own, and a source
// file in the release's folder:
//
//   Log's last step             base/log.h                         log.cc
//   channel arguments           adapter/channel/connection_options_from_args.h
//                                                                  channel_args.cc
//   clock and timers            adapter/endpoint/transport_clock.h *_clock.cc
//   the end of stuck sockets    adapter/endpoint/linger.h          linger.cc
//   gRPC's view of a connection adapter/transport/client_transport.h
//                                                                  transport.cc
//   channelz' socket            adapter/transport/channelz_socket.h
//                                                                  channelz_socket.cc
//   TCP, proxy, security        adapter/connect/handshake.h        handshake.cc
//   registration                adapter/registration/registration.h
//                                                                  registration.cc
//   gRPC's configuration adapter/registration/core_configuration_access.h
//                                                                  core_configuration_access.cc
//   the supported version       adapter/registration/supported_version.h
//                                                                  supported_version.cc

#include <grpcpp/version_info.h>

#include <string>
#include <type_traits>

#if GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51
#include "transport/releases/v1_51/release.h"  // IWYU pragma: export
#elif GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR >= 82
#include "transport/releases/v1_83/release.h"  // IWYU pragma: export
#else
#error "grpc-loopy is for gRPC 1.51, and 1.82 or newer"
#endif

namespace loopy {

// ---- A call's operations

// The batch's operations, for the trace.
std::string DescribeBatch(grpc_transport_stream_op_batch* batch);

// The code with which a cancelled call's stream is reset, in gRPC's type.
static_assert(
    std::is_same<decltype(kHttp2Cancel), const Http2CancelCode>::value, "");

// The peer's address as gRPC's metadata have it. A release may keep a reference
// to the characters that MakePeerName is given.
PeerName MakePeerName(absl::string_view peer);
PeerName Copy(const PeerName& peer);

// Stores the peer's name where the operation that sends or receives initial
// metadata wants it. A release that has no such place stores nothing.
template <typename Op>
void SetPeer(const PeerName& peer, const Op& op);

// Reports a call's bytes to its tracer, in a release whose transports have to.
// Threads: one at a time. Lifetime: the arena's.
class CallBytesTracer;
static_assert(std::is_constructible<CallBytesTracer, grpc_core::Arena*>::value,
              "");

// Parses one field. Calls `on_error` with the fault and the value if the value
// is not what the field has.
template <typename OnError>
grpc_core::ParsedMetadata<grpc_metadata_batch> ParseMetadata(
    absl::string_view name, grpc_core::Slice value, const OnError& on_error);

// ---- Errors

// The status of an error, a grpc_error_handle, as gRPC's own transport tells
// it.
template <typename Error>
absl::Status StatusOfError(const Error& error);

// An error with which gRPC ends a call with this status.
grpc_error_handle MakeError(grpc_status_code code, absl::string_view message);

// ---- JSON
grpc_core::Json JsonNumber(const std::string& digits);
grpc_core::Json JsonString(std::string value);
grpc_core::Json JsonObject(grpc_core::Json::Object fields);
std::string DumpJson(const grpc_core::Json& json);

// ---- Endpoints

// Starts a write. `done` runs once, later.
void WriteEndpoint(grpc_endpoint* endpoint, grpc_slice_buffer* slices,
                   grpc_closure* done);

// Runs `closure` soon, once, on the thread that polls this endpoint, under an
// ExecCtx. Returns false if it has none: then the application's threads poll
// it, or a pool's.
bool RunOnPollingThread(grpc_endpoint* endpoint, grpc_closure* closure);

// Runs `closure` soon, once, on a thread of gRPC's executor, under an ExecCtx.
// Returns false if there is none, as always where kHasExecutor is false.
bool RunOnExecutor(grpc_closure* closure);
static_assert(std::is_same<decltype(kHasExecutor), const bool>::value, "");

// Ends the endpoint's read and write. Where kDestroyIsShutdown is true, nothing
// but the endpoint's destruction ends them, and this does nothing.
void ShutdownEndpoint(grpc_endpoint* endpoint, const absl::Status& why);
static_assert(std::is_same<decltype(kDestroyIsShutdown), const bool>::value,
              "");

// ---- Limits and resources

// The limits on a response's metadata, in bytes. A release that has one limit
// has no soft one.
struct MetadataLimits;
MetadataLimits MetadataLimitsFromArgs(const grpc_core::ChannelArgs& args);

// The beginning of a status text about a message that is too large.
static_assert(std::is_array<decltype(kMessageSizeTextPrefix)>::value, "");

// The channel's memory quota, for one user of it called `name`.
grpc_core::MemoryOwner MakeMemoryOwner(const grpc_core::ChannelArgs& args,
                                       absl::string_view name);

// ---- gRPC's configuration

// Registers a builder that a reset of the configuration forgets.
template <typename Build>
void RegisterCoreBuilder(Build build);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_RELEASE_H_
