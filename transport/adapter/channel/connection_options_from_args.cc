#include "transport/adapter/channel/connection_options_from_args.h"

#include <grpc/grpc.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "loopy/channel_arg_names.h"
#include "src/core/ext/filters/message_size/message_size_filter.h"
#include "transport/adapter/channel/environment.h"
#include "transport/adapter/release.h"
#include "transport/base/log.h"

namespace loopy {
namespace {

using grpc_core::ChannelArgs;

// This is chttp2's bound of SETTINGS_MAX_HEADER_LIST_SIZE.
constexpr uint32_t kMaxHeaderListSize = 16 * 1024 * 1024;

// Reads a setting. An absent or negative one keeps the default, the rest is
// clamped.
void ReadSetting(const ChannelArgs& args, absl::string_view name, int min,
                 int max, uint32_t* setting) {
  const int value = args.GetInt(name).value_or(-1);
  if (value < 0) return;
  *setting = static_cast<uint32_t>(std::min(std::max(value, min), max));
}

// Reads milliseconds: INT_MAX means for ever, and the least is `min`.
void ReadDuration(const ChannelArgs& args, absl::string_view name,
                  absl::Duration min, absl::Duration* duration) {
  const absl::optional<grpc_core::Duration> value =
      args.GetDurationFromIntMillis(name);
  if (!value.has_value()) return;
  *duration = *value == grpc_core::Duration::Infinity()
                  ? absl::InfiniteDuration()
                  : std::max(absl::Milliseconds(value->millis()), min);
}

void ReadFirstStreamId(const ChannelArgs& args, uint32_t* id) {
  const int value =
      args.GetInt(GRPC_ARG_HTTP2_INITIAL_SEQUENCE_NUMBER).value_or(0);
  if (value <= 0) return;
  if (value % 2 == 0) {
    Log(GPR_ERROR, "%s ignored: it must be odd on a client, and is %d",
        GRPC_ARG_HTTP2_INITIAL_SEQUENCE_NUMBER, value);
    return;
  }
  *id = static_cast<uint32_t>(value);
}

// Reads the milliseconds of an argument of our own.
void ReadOwnDuration(const ChannelArgs& args, const char* name,
                     absl::Duration* duration) {
  if (!args.Contains(name)) return;
  const absl::optional<int> value = args.GetInt(name);
  if (!value.has_value()) {
    Log(GPR_ERROR, "%s ignored: it must be an integer", name);
  } else if (*value < 0) {
    Log(GPR_ERROR, "%s ignored: it must be >= 0, and is %d", name, *value);
  } else {
    *duration = absl::Milliseconds(*value);
  }
}

// Where 0 means never.
void ReadOwnTimeout(const ChannelArgs& args, const char* name,
                    absl::Duration* timeout) {
  ReadOwnDuration(args, name, timeout);
  if (*timeout == absl::ZeroDuration()) *timeout = absl::InfiniteDuration();
}

}  // namespace

ConnectionOptions ConnectionOptionsFromArgs(const ChannelArgs& args) {
  constexpr int kMax = std::numeric_limits<int32_t>::max();
  ConnectionOptions options;

  ReadSetting(args, GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 5, kMax,
              &options.stream_window);
  // So a stream that is alone can use its whole window.
  options.connection_window =
      std::max(options.connection_window, options.stream_window);
  options.bdp_probe =
      args.GetBool(GRPC_ARG_HTTP2_BDP_PROBE).value_or(options.bdp_probe);

  const int write_quota =
      args.GetInt(GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE).value_or(-1);
  if (write_quota >= 0) options.write_quota = static_cast<size_t>(write_quota);

  ReadSetting(args, GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_DECODER, 0, kMax,
              &options.header_table_size);
  ReadSetting(args, GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kDefaultMaxFrameSize,
              kMaxMaxFrameSize, &options.max_frame_size);
  ReadSetting(args, GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_ENCODER, 0, kMax,
              &options.encoder_table_size);
  ReadFirstStreamId(args, &options.first_stream_id);
  const MetadataLimits limits = MetadataLimitsFromArgs(args);
  options.max_header_list_size = std::min(limits.hard, kMaxHeaderListSize);
  options.soft_header_list_size = limits.soft;

  // gRPC's message size filter has the same limit, but ends the call only when
  // it has the whole message.
  const absl::optional<uint32_t> max_message =
      grpc_core::GetMaxRecvSizeFromChannelArgs(args);
  if (max_message.has_value()) options.max_receive_message_size = *max_message;

  const EnvironmentDefaults& environment = DefaultsFromEnvironment();
  ReadOwnDuration(args, kGoAwayTimeoutArg, &options.goaway_timeout);
  options.stall_log_after = absl::Seconds(1);
  ReadOwnTimeout(args, kStallLogArg, &options.stall_log_after);
  options.write_stall_timeout =
      environment.write_stall_timeout.value_or(options.write_stall_timeout);
  ReadOwnTimeout(args, kWriteStallTimeoutArg, &options.write_stall_timeout);
  options.explains_waits =
      args.GetBool(kExplainWaitsArg).value_or(options.explains_waits);

  options.keepalive_time =
      environment.keepalive_time.value_or(options.keepalive_time);
  options.keepalive_timeout =
      environment.keepalive_timeout.value_or(options.keepalive_timeout);
  ReadDuration(args, GRPC_ARG_KEEPALIVE_TIME_MS, absl::Milliseconds(1),
               &options.keepalive_time);
  ReadDuration(args, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, absl::ZeroDuration(),
               &options.keepalive_timeout);
  options.keepalive_permit_without_calls =
      args.GetBool(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS)
          .value_or(options.keepalive_permit_without_calls);
  const int max_pings = environment.max_pings_without_data.value_or(
      static_cast<int>(options.max_pings_without_data));
  options.max_pings_without_data = static_cast<size_t>(std::max(
      0,
      args.GetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA).value_or(max_pings)));
  ReadArgsOfThisRelease(args, &options);
  return options;
}

}  // namespace loopy
