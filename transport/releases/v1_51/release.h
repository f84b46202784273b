#ifndef LOOPY_TRANSPORT_RELEASES_V1_51_RELEASE_H_
#define LOOPY_TRANSPORT_RELEASES_V1_51_RELEASE_H_

#include <grpc/grpc.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "src/core/ext/filters/client_channel/connector.h"
#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/channel/channelz.h"
#include "src/core/lib/config/core_configuration.h"
#include "src/core/lib/gprpp/debug_location.h"
#include "src/core/lib/gprpp/orphanable.h"
#include "src/core/lib/gprpp/ref_counted.h"
#include "src/core/lib/gprpp/ref_counted_ptr.h"
#include "src/core/lib/gprpp/time.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/iomgr/executor.h"
#include "src/core/lib/json/json.h"
#include "src/core/lib/resource_quota/arena.h"
#include "src/core/lib/resource_quota/memory_quota.h"
#include "src/core/lib/resource_quota/resource_quota.h"
#include "src/core/lib/transport/error_utils.h"
#include "src/core/lib/transport/metadata_batch.h"
#include "src/core/lib/transport/parsed_metadata.h"
#include "src/core/lib/transport/transport.h"

namespace loopy {

// ---- Operations

inline std::string DescribeBatch(grpc_transport_stream_op_batch* batch) {
  return grpc_transport_stream_op_batch_string(batch);
}

using Http2CancelCode = grpc_http2_error_code;
inline constexpr Http2CancelCode kHttp2Cancel = GRPC_HTTP2_CANCEL;

using PeerName = absl::string_view;
inline PeerName MakePeerName(absl::string_view peer) { return peer; }
inline PeerName Copy(const PeerName& peer) { return peer; }

template <typename Op>
void SetPeer(const PeerName& peer, const Op& op) {
  if (op.peer_string == nullptr) return;
  gpr_atm_rel_store(op.peer_string, reinterpret_cast<gpr_atm>(peer.data()));
}

// Here gRPC's filters count the bytes.
class CallBytesTracer {
 public:
  explicit CallBytesTracer(grpc_core::Arena* /*arena*/) {}
  void OnSent(size_t /*framing*/, size_t /*data*/) {}
  void OnReceived(size_t /*framing*/, size_t /*data*/) {}
  void OnHeaderBytes(uint64_t /*sent*/, uint64_t /*received*/) {}
};

template <typename OnError>
grpc_core::ParsedMetadata<grpc_metadata_batch> ParseMetadata(
    absl::string_view name, grpc_core::Slice value, const OnError& on_error) {
  return grpc_metadata_batch::Parse(name, std::move(value),
                                    /*transport_size=*/0, on_error);
}

// ---- Errors

template <typename Error>
absl::Status StatusOfError(const Error& error) {
  return grpc_error_to_absl_status(error);
}

inline grpc_error_handle MakeError(grpc_status_code code,
                                   absl::string_view message) {
  return grpc_error_set_int(GRPC_ERROR_CREATE(message),
                            grpc_core::StatusIntProperty::kRpcStatus, code);
}

// ---- JSON

inline grpc_core::Json JsonNumber(const std::string& digits) {
  return grpc_core::Json(digits, /*is_number=*/true);
}
inline grpc_core::Json JsonString(std::string value) {
  return grpc_core::Json(std::move(value));
}
inline grpc_core::Json JsonObject(grpc_core::Json::Object fields) {
  return grpc_core::Json(std::move(fields));
}
inline std::string DumpJson(const grpc_core::Json& json) { return json.Dump(); }

// ---- Endpoints

inline void WriteEndpoint(grpc_endpoint* endpoint, grpc_slice_buffer* slices,
                          grpc_closure* done) {
  grpc_endpoint_write(endpoint, slices, done, /*arg=*/nullptr,
                      /*max_frame_size=*/std::numeric_limits<int>::max());
}
inline bool RunOnPollingThread(grpc_endpoint* /*endpoint*/,
                               grpc_closure* /*closure*/) {
  return false;
}
inline constexpr bool kHasExecutor = true;
inline bool RunOnExecutor(grpc_closure* closure) {
  if (!grpc_core::Executor::IsThreadedDefault()) return false;
  grpc_core::Executor::Run(closure, absl::OkStatus());
  return true;
}
inline constexpr bool kDestroyIsShutdown = false;
inline void ShutdownEndpoint(grpc_endpoint* endpoint, const absl::Status& why) {
  grpc_endpoint_shutdown(endpoint, why);
}

// ---- gRPC's configuration

template <typename Build>
void RegisterCoreBuilder(Build build) {
  grpc_core::CoreConfiguration::RegisterBuilder(std::move(build));
}

// ---- Resources

inline grpc_core::MemoryOwner MakeMemoryOwner(
    const grpc_core::ChannelArgs& args, absl::string_view name) {
  return args.GetObject<grpc_core::ResourceQuota>()
      ->memory_quota()
      ->CreateMemoryOwner(name);
}

// ---- Limits

struct MetadataLimits {
  uint32_t hard = 8 * 1024;
  absl::optional<uint32_t> soft;
};
inline MetadataLimits MetadataLimitsFromArgs(
    const grpc_core::ChannelArgs& args) {
  MetadataLimits limits;
  const int value = args.GetInt(GRPC_ARG_MAX_METADATA_SIZE).value_or(-1);
  if (value >= 0) limits.hard = static_cast<uint32_t>(value);
  return limits;
}
inline constexpr char kMessageSizeTextPrefix[] = "";

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_51_RELEASE_H_
