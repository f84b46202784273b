#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_RELEASE_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_RELEASE_H_

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "src/core/call/metadata_batch.h"
#include "src/core/call/metadata_info.h"
#include "src/core/call/parsed_metadata.h"
#include "src/core/channelz/channelz.h"
#include "src/core/client_channel/connector.h"
#include "src/core/config/core_configuration.h"
#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/resource_quota/arena.h"
#include "src/core/lib/resource_quota/memory_quota.h"
#include "src/core/lib/resource_quota/resource_quota.h"
#include "src/core/lib/transport/error_utils.h"
#include "src/core/lib/transport/transport.h"
#include "src/core/telemetry/call_tracer.h"
#include "src/core/util/debug_location.h"
#include "src/core/util/json/json.h"
#include "src/core/util/json/json_writer.h"
#include "src/core/util/orphanable.h"
#include "src/core/util/ref_counted.h"
#include "src/core/util/ref_counted_ptr.h"
#include "src/core/util/time.h"
#include "transport/releases/v1_83/call_tracer_of.h"

namespace loopy {

// ---- Operations

inline std::string DescribeBatch(grpc_transport_stream_op_batch* batch) {
  return grpc_transport_stream_op_batch_string(batch, /*truncate=*/true);
}

using Http2CancelCode = grpc_core::http2::Http2ErrorCode;
inline constexpr Http2CancelCode kHttp2Cancel = Http2CancelCode::kCancel;

using PeerName = grpc_core::Slice;
inline PeerName MakePeerName(absl::string_view peer) {
  return grpc_core::Slice::FromCopiedString(peer);
}
inline PeerName Copy(const PeerName& peer) { return peer.Ref(); }

template <typename Op>
void SetPeer(const PeerName& /*peer*/, const Op& /*op*/) {}

class CallBytesTracer {
 public:
  explicit CallBytesTracer(grpc_core::Arena* arena)
      : tracer_(CallTracerOf(arena)) {}
  void OnSent(size_t framing, size_t data) {
    if (tracer_ != nullptr) tracer_->RecordOutgoingBytes({framing, data, 0});
  }
  void OnReceived(size_t framing, size_t data) {
    if (tracer_ != nullptr) tracer_->RecordIncomingBytes({framing, data, 0});
  }
  void OnHeaderBytes(uint64_t sent, uint64_t received) {
    if (tracer_ == nullptr) return;
    tracer_->RecordOutgoingBytes({0, 0, sent});
    tracer_->RecordIncomingBytes({0, 0, received});
  }

 private:
  grpc_core::CallTracer* const tracer_;
};

template <typename OnError>
grpc_core::ParsedMetadata<grpc_metadata_batch> ParseMetadata(
    absl::string_view name, grpc_core::Slice value, const OnError& on_error) {
  return grpc_metadata_batch::Parse(name, std::move(value),
                                    /*will_keep_past_request_lifetime=*/true,
                                    /*transport_size=*/0, on_error);
}

// ---- Errors

// gRPC 1.82 has a function that finds an error's status in the error's details.
// In 1.83 it returns the error as it is, and since 1.84 there is none. So this
// uses gRPC's function where the headers declare it.
template <typename Error, typename = void>
struct HasStatusFunction : std::false_type {};
template <typename Error>
struct HasStatusFunction<Error, std::void_t<decltype(grpc_error_to_absl_status(
                                    std::declval<Error>()))>> : std::true_type {
};

template <typename Error>
absl::Status StatusOfError(const Error& error) {
  if constexpr (HasStatusFunction<Error>::value) {
    return grpc_error_to_absl_status(error);
  } else {
    return error;
  }
}

// Until 1.83 the code is a detail of the error, and later the error's own.
template <typename Property, typename = void>
struct HasRpcStatus : std::false_type {};
template <typename Property>
struct HasRpcStatus<Property, std::void_t<decltype(Property::kRpcStatus)>>
    : std::true_type {};

template <typename Property>
grpc_error_handle MakeErrorWith(grpc_status_code code,
                                absl::string_view message) {
  if constexpr (HasRpcStatus<Property>::value) {
    return grpc_error_set_int(GRPC_ERROR_CREATE(message), Property::kRpcStatus,
                              code);
  } else {
    return absl::Status(static_cast<absl::StatusCode>(code), message);
  }
}
inline grpc_error_handle MakeError(grpc_status_code code,
                                   absl::string_view message) {
  return MakeErrorWith<grpc_core::StatusIntProperty>(code, message);
}

// ---- JSON

inline grpc_core::Json JsonNumber(const std::string& digits) {
  return grpc_core::Json::FromNumber(digits);
}
inline grpc_core::Json JsonString(std::string value) {
  return grpc_core::Json::FromString(std::move(value));
}
inline grpc_core::Json JsonObject(grpc_core::Json::Object fields) {
  return grpc_core::Json::FromObject(std::move(fields));
}
inline std::string DumpJson(const grpc_core::Json& json) {
  return grpc_core::JsonDump(json);
}

// ---- Endpoints

inline void WriteEndpoint(grpc_endpoint* endpoint, grpc_slice_buffer* slices,
                          grpc_closure* done) {
  grpc_event_engine::experimental::EventEngine::Endpoint::WriteArgs args;
  args.set_max_frame_size(std::numeric_limits<int>::max());
  grpc_endpoint_write(endpoint, slices, done, std::move(args));
}
// Defined in io_loop_endpoint.cc: only the IoLoop has such a thread.
bool RunOnPollingThread(grpc_endpoint* endpoint, grpc_closure* closure);
inline constexpr bool kHasExecutor = false;
inline bool RunOnExecutor(grpc_closure* /*closure*/) { return false; }
inline constexpr bool kDestroyIsShutdown = true;
inline void ShutdownEndpoint(grpc_endpoint* /*endpoint*/,
                             const absl::Status& /*why*/) {}

// ---- gRPC's configuration

template <typename Build>
void RegisterCoreBuilder(Build build) {
  grpc_core::CoreConfiguration::RegisterEphemeralBuilder(std::move(build));
}

// ---- Limits

struct MetadataLimits {
  uint32_t hard = 0;
  absl::optional<uint32_t> soft;
};
inline MetadataLimits MetadataLimitsFromArgs(
    const grpc_core::ChannelArgs& args) {
  MetadataLimits limits;
  limits.hard = grpc_core::GetHardLimitFromChannelArgs(args);
  limits.soft = grpc_core::GetSoftLimitFromChannelArgs(args);
  return limits;
}
inline constexpr char kMessageSizeTextPrefix[] = "CLIENT: ";

// ---- Resources

inline grpc_core::MemoryOwner MakeMemoryOwner(
    const grpc_core::ChannelArgs& args, absl::string_view /*name*/) {
  return args.GetObject<grpc_core::ResourceQuota>()
      ->memory_quota()
      ->CreateMemoryOwner();
}

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_RELEASE_H_
