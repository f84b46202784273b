#include "transport/adapter/channel/connection_options_from_args.h"

#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <climits>
#include <limits>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "loopy/channel_arg_names.h"
#include "src/core/lib/experiments/experiments.h"
#include "transport/adapter/channel/environment.h"

// gRPC 1.51 has neither this experiment nor this header.
#ifdef GRPC_EXPERIMENT_IS_INCLUDED_MULTIPING
#include "src/core/config/config_vars.h"
#endif

namespace loopy {
namespace {

using grpc_core::ChannelArgs;

template <typename Value>
ConnectionOptions With(absl::string_view name, Value value) {
  return ConnectionOptionsFromArgs(ChannelArgs().Set(name, value));
}

ConnectionOptions Defaults() {
  return ConnectionOptionsFromArgs(ChannelArgs());
}

TEST(ConnectionOptionsFromArgsTest, DefaultsAreGrpcs) {
  const ConnectionOptions options = Defaults();
  EXPECT_EQ(options.stream_window, 65535);
  EXPECT_EQ(options.connection_window, 65535);
  EXPECT_TRUE(options.bdp_probe);
  EXPECT_EQ(options.write_quota, 65536u);
  EXPECT_EQ(options.header_table_size, 4096);
  EXPECT_EQ(options.max_frame_size, 16384);
  EXPECT_EQ(options.max_receive_message_size, 4 * 1024 * 1024);
  EXPECT_EQ(options.goaway_timeout, absl::Seconds(1));
  EXPECT_EQ(options.keepalive_time, absl::InfiniteDuration());
  EXPECT_EQ(options.keepalive_timeout, absl::Seconds(20));
  EXPECT_FALSE(options.keepalive_permit_without_calls);
  EXPECT_EQ(options.max_pings_without_data, 2u);
  EXPECT_EQ(options.max_inflight_pings, 1u);
  EXPECT_EQ(options.ping_timeout, absl::InfiniteDuration());
  EXPECT_EQ(options.settings_timeout, absl::InfiniteDuration());
}

#ifdef GRPC_EXPERIMENT_IS_INCLUDED_MULTIPING

TEST(ConnectionOptionsFromArgsTest, AnExperimentLetsMorePingsBeInFlight) {
  const auto use = [](const char* experiments) {
    grpc_core::ConfigVars::Overrides overrides;
    overrides.experiments = experiments;
    grpc_core::ConfigVars::SetOverrides(overrides);
  };
  use("other,multiping");
  EXPECT_EQ(Defaults().max_inflight_pings, 100u);
  use("multiping,-multiping");
  EXPECT_EQ(Defaults().max_inflight_pings, 1u);
  grpc_core::ConfigVars::Reset();
}

#endif

TEST(ConnectionOptionsFromArgsTest, TheFirstStreamIdIsOdd) {
  const char* const name = GRPC_ARG_HTTP2_INITIAL_SEQUENCE_NUMBER;
  EXPECT_EQ(With(name, 1001).first_stream_id, 1001u);
  EXPECT_EQ(With(name, 1000).first_stream_id, 1u) << "and says so in the log";
  EXPECT_EQ(With(name, 0).first_stream_id, 1u);
  EXPECT_EQ(With(name, -1).first_stream_id, 1u);
}

TEST(ConnectionOptionsFromArgsTest, MaxPingsWithoutData) {
  const char* const name = GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA;
  EXPECT_EQ(With(name, 7).max_pings_without_data, 7u);
  EXPECT_EQ(With(name, 0).max_pings_without_data, 0u);
  EXPECT_EQ(With(name, -1).max_pings_without_data, 0u);
}

// Breaks when a bound of chttp2's table of settings is missed.
TEST(ConnectionOptionsFromArgsTest, SettingsAreClampedAsInChttp2) {
  const char* const window = GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES;
  EXPECT_EQ(With(window, 0).stream_window, 5);
  EXPECT_EQ(With(window, INT_MAX).stream_window, INT_MAX);
  EXPECT_EQ(With(window, -1).stream_window, kDefaultWindow);
  EXPECT_EQ(With(window, "big").stream_window, kDefaultWindow);
  const char* const quota = GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE;
  EXPECT_EQ(With(quota, 1000).write_quota, 1000u);
  EXPECT_EQ(With(quota, 0).write_quota, 0u);
  EXPECT_EQ(With(quota, -1).write_quota, ConnectionOptions().write_quota);
  const char* const frame = GRPC_ARG_HTTP2_MAX_FRAME_SIZE;
  EXPECT_EQ(With(frame, 1).max_frame_size, kDefaultMaxFrameSize);
  EXPECT_EQ(With(frame, 20000).max_frame_size, 20000);
  EXPECT_EQ(With(frame, INT_MAX).max_frame_size, kMaxMaxFrameSize);
  const char* const table = GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_DECODER;
  EXPECT_EQ(With(table, 0).header_table_size, 0);
  EXPECT_EQ(With(table, INT_MAX).header_table_size, INT_MAX);
  const char* const encoder = GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_ENCODER;
  EXPECT_EQ(With(encoder, 0).encoder_table_size, 0);
  EXPECT_EQ(With(encoder, 9999).encoder_table_size, 9999);
  EXPECT_EQ(With(encoder, -1).encoder_table_size, kDefaultHeaderTableSize);
}

// The values are those that each release documents: in grpc_types.h of 1.51.1,
// in channel_arg_names.h of 1.83.0.
TEST(ConnectionOptionsFromArgsTest, MetadataLimitsAreThoseOfTheRelease) {
  const char* const max = GRPC_ARG_MAX_METADATA_SIZE;
  const char* const absolute = "grpc.absolute_max_metadata_size";
  EXPECT_EQ(With(max, INT_MAX).max_header_list_size, 16777216);
  if (absl::string_view(grpc_version_string()) == "29.0.0") {  // 1.51.1
    for (const ConnectionOptions& options :
         {ConnectionOptionsFromArgs(ChannelArgs()), With(max, INT_MIN),
          With(absolute, 100000)}) {
      EXPECT_EQ(options.max_header_list_size, 8192);
      EXPECT_EQ(options.soft_header_list_size, absl::nullopt);
    }
    EXPECT_EQ(With(max, 0).max_header_list_size, 0);
    EXPECT_EQ(With(max, 16384).max_header_list_size, 16384);
    return;
  }
  EXPECT_EQ(ConnectionOptionsFromArgs(ChannelArgs()).max_header_list_size,
            16384);
  EXPECT_EQ(ConnectionOptionsFromArgs(ChannelArgs()).soft_header_list_size,
            8192u);
  EXPECT_EQ(With(max, 40000).max_header_list_size, 50000);
  EXPECT_EQ(With(max, 40000).soft_header_list_size, 40000u);
  EXPECT_EQ(With(absolute, 100000).max_header_list_size, 100000);
  EXPECT_EQ(With(absolute, 100000).soft_header_list_size, 80000u);
}

// Catches: an argument of 1.83 that is not read there, or is read in 1.51.
// gRPC's subchannels set it for each connection, so no channel can show that.
TEST(ConnectionOptionsFromArgsTest, StreamsAboveTheLimitMayBeRejected) {
  const char* const name = "grpc.http.max_concurrent_streams_reject_on_client";
  const bool is_1_51 = absl::string_view(grpc_version_string()) == "29.0.0";
  EXPECT_FALSE(Defaults().rejects_streams_above_limit);
  EXPECT_EQ(With(name, true).rejects_streams_above_limit, !is_1_51);
  EXPECT_FALSE(With(name, false).rejects_streams_above_limit);
}

TEST(ConnectionOptionsFromArgsTest, AConnectionTakesWhatOneStreamMay) {
  const char* const window = GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES;
  EXPECT_EQ(With(window, 1 << 20).connection_window, 1 << 20);
  EXPECT_EQ(With(window, 5).connection_window, kDefaultWindow);
}

TEST(ConnectionOptionsFromArgsTest, BdpProbingCanBeSwitchedOff) {
  EXPECT_FALSE(With(GRPC_ARG_HTTP2_BDP_PROBE, 0).bdp_probe);
}

TEST(ConnectionOptionsFromArgsTest, MessagesAreLimitedAsByTheFilter) {
  const char* const name = GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH;
  EXPECT_EQ(With(name, 10).max_receive_message_size, 10);
  EXPECT_EQ(With(name, -1).max_receive_message_size,
            std::numeric_limits<size_t>::max());
  EXPECT_EQ(With(GRPC_ARG_MINIMAL_STACK, 1).max_receive_message_size,
            std::numeric_limits<size_t>::max());
}

TEST(ConnectionOptionsFromArgsTest, Keepalive) {
  const char* const time = GRPC_ARG_KEEPALIVE_TIME_MS;
  EXPECT_EQ(With(time, 30000).keepalive_time, absl::Seconds(30));
  EXPECT_EQ(With(time, 0).keepalive_time, absl::Milliseconds(1));
  EXPECT_EQ(With(time, -5).keepalive_time, absl::Milliseconds(1));
  EXPECT_EQ(With(time, INT_MIN).keepalive_time, absl::Milliseconds(1));
  EXPECT_EQ(With(time, INT_MAX).keepalive_time, absl::InfiniteDuration());
  const char* const timeout = GRPC_ARG_KEEPALIVE_TIMEOUT_MS;
  EXPECT_EQ(With(timeout, 5000).keepalive_timeout, absl::Seconds(5));
  EXPECT_EQ(With(timeout, -5).keepalive_timeout, absl::ZeroDuration());
  EXPECT_EQ(With(timeout, INT_MAX).keepalive_timeout, absl::InfiniteDuration());
  EXPECT_TRUE(With(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1)
                  .keepalive_permit_without_calls);
}

TEST(ConnectionOptionsFromArgsTest, GoAwayTimeout) {
  EXPECT_EQ(With(kGoAwayTimeoutArg, 250).goaway_timeout,
            absl::Milliseconds(250));
  EXPECT_EQ(With(kGoAwayTimeoutArg, 0).goaway_timeout, absl::ZeroDuration());
  // Each of these writes a line to the log.
  EXPECT_EQ(With(kGoAwayTimeoutArg, -1).goaway_timeout,
            ConnectionOptions().goaway_timeout);
  EXPECT_EQ(With(kGoAwayTimeoutArg, "soon").goaway_timeout,
            ConnectionOptions().goaway_timeout);
}

// Catches: 0 that means at once instead of never.
TEST(ConnectionOptionsFromArgsTest, Stalls) {
  EXPECT_EQ(Defaults().stall_log_after, absl::Seconds(1));
  EXPECT_EQ(With(kStallLogArg, 250).stall_log_after, absl::Milliseconds(250));
  EXPECT_EQ(With(kStallLogArg, 0).stall_log_after, absl::InfiniteDuration());
  EXPECT_EQ(Defaults().write_stall_timeout, absl::InfiniteDuration());
  EXPECT_EQ(With(kWriteStallTimeoutArg, 250).write_stall_timeout,
            absl::Milliseconds(250));
  EXPECT_EQ(With(kWriteStallTimeoutArg, 0).write_stall_timeout,
            absl::InfiniteDuration());
  EXPECT_TRUE(Defaults().explains_waits);
  EXPECT_FALSE(With(kExplainWaitsArg, 0).explains_waits);
}

TEST(EnvironmentTest, Milliseconds) {
  EXPECT_EQ(ParseMilliseconds("X", nullptr), absl::nullopt);
  EXPECT_EQ(ParseMilliseconds("X", "250"), absl::Milliseconds(250));
  // Each of these writes a line to the log.
  for (const char* value : {"", "0", "-1", "20s", "1e3", "99999999999"}) {
    EXPECT_EQ(ParseMilliseconds("X", value), absl::nullopt) << value;
  }
}

TEST(EnvironmentTest, Count) {
  EXPECT_EQ(ParseCount("X", nullptr), absl::nullopt);
  EXPECT_EQ(ParseCount("X", "0"), 0);
  EXPECT_EQ(ParseCount("X", "12"), 12);
  for (const char* value : {"", "-1", "2s", "99999999999"}) {
    EXPECT_EQ(ParseCount("X", value), absl::nullopt) << value;
  }
}

TEST(EnvironmentTest, Seconds) {
  EXPECT_EQ(ParseSeconds("X", nullptr), absl::nullopt);
  EXPECT_EQ(ParseSeconds("X", "2.5"), absl::Seconds(2.5));
  for (const char* value : {"", "0", "-1", "2s", "nan"}) {
    EXPECT_EQ(ParseSeconds("X", value), absl::nullopt) << value;
  }
}

}  // namespace
}  // namespace loopy
