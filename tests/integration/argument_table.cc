#include "tests/integration/argument_table.h"

#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

constexpr char kBoth[] = "1.51, 1.83";
constexpr char kNew[] = "1.83";

constexpr char kSettingsTests[] =
    "tests/integration/settings_arguments_test.cc";
constexpr char kCallTests[] = "tests/integration/call_arguments_test.cc";
constexpr char kKeepaliveTests[] =
    "tests/integration/keepalive_arguments_test.cc";

constexpr char kNotWithIoLoop[] =
    "under 1.83 the I/O loop has no use for it: its reads take what has come "
    "(docs/io_loop.md)";

}  // namespace

const std::vector<ArgumentRow>& ArgumentTable() {
  static const auto* const table = new std::vector<ArgumentRow>{
      // ---- SETTINGS and flow control
      {"grpc.http2.lookahead_bytes", kBoth, "yes",
       "SETTINGS_INITIAL_WINDOW_SIZE; the connection's window is at least as "
       "large",
       kSettingsTests, "SettingsArgumentsTest.SettingsFollow"},
      {"grpc.http2.bdp_probe", kBoth, "yes", "docs/flow_control.md",
       kSettingsTests, "SettingsArgumentsTest.BdpProbe"},
      {"grpc.http2.max_frame_size", kBoth, "yes",
       "SETTINGS_MAX_FRAME_SIZE, which windows that grow raise to at most 128 "
       "KiB",
       kSettingsTests, "SettingsArgumentsTest.SettingsFollow"},
      {"grpc.http2.hpack_table_size.decoder", kBoth, "yes",
       "SETTINGS_HEADER_TABLE_SIZE", kSettingsTests,
       "SettingsArgumentsTest.SettingsFollow"},
      {"grpc.http2.hpack_table_size.encoder", kBoth, "yes", "", kSettingsTests,
       "SettingsArgumentsTest.EncoderTableSize"},
      {"grpc.max_metadata_size", kBoth, "yes",
       "SETTINGS_MAX_HEADER_LIST_SIZE; at most 16 MiB", kSettingsTests,
       "MetadataArgumentsTest.MaxMetadataSize"},
      {"grpc.absolute_max_metadata_size", kNew, "yes",
       "SETTINGS_MAX_HEADER_LIST_SIZE; at most 16 MiB", kSettingsTests,
       "MetadataArgumentsTest.AbsoluteMaxMetadataSize"},
      {"grpc.http2.initial_sequence_number", kBoth, "yes",
       "an even number is ignored, and logged", kSettingsTests,
       "SettingsArgumentsTest.InitialSequenceNumber"},
      {"grpc.http2.write_buffer_size", kBoth, "otherwise",
       "a send completes when no more than that is left in its stream's queue; "
       "chttp2's waits for the peer's window, too",
       kCallTests, "LoopyCallArgumentsTest.WriteBufferSize"},
      {"grpc.http2.true_binary", kBoth, "no",
       "Binary metadata are base64, which every gRPC server reads, and sends "
       "to a client that does not advertise raw bytes. They are an extension "
       "of C core's, in HTTP fields that RFC 9113, 8.2.1, forbids"},
      {"grpc.max_concurrent_streams", kBoth, "server", ""},
      {"grpc.http.max_concurrent_streams_reject_on_client", kNew, "grpc",
       "gRPC's subchannels keep or reject calls by the limit that the "
       "transport reports. They set the argument for each connection, so the "
       "transport rejects what they let through, whatever the channel says",
       kCallTests, "CallArgumentsTest.MaxConcurrentStreamsRejectOnClient"},
      {"grpc.http.overload_protection", kNew, "server", ""},
      {"grpc.http2.max_requests_per_read", kNew, "server", ""},
      {"grpc.http2.max_deallocating_streams", kNew, "server", ""},
      // ---- PINGs
      {"grpc.keepalive_time_ms", kBoth, "yes", "docs/pings.md", kKeepaliveTests,
       "KeepaliveArgumentsTest.TheNextPingIsDueATimeAfterTheAnswer"},
      {"grpc.keepalive_timeout_ms", kBoth, "yes",
       "chttp2 of 1.83.0 never starts that timer", kKeepaliveTests,
       "KeepaliveArgumentsTest.KeepaliveTimeout"},
      {"grpc.keepalive_permit_without_calls", kBoth, "yes", "", kKeepaliveTests,
       "KeepaliveArgumentsTest.KeepalivePermitWithoutCalls"},
      {"grpc.http2.max_pings_without_data", kBoth, "yes", "docs/pings.md",
       kKeepaliveTests, "PingStrikesTest.PingsWithoutLimitAreTooMany"},
      {"grpc.http2.max_inflight_pings", kNew, "yes", "docs/pings.md",
       "tests/adapter/ping_test.cc", "PingTest.MaxInflightPings"},
      {"grpc.http2.ping_timeout_ms", kNew, "yes", "docs/pings.md",
       kKeepaliveTests, "KeepaliveArgumentsTest.PingTimeout"},
      {"grpc.http2.settings_timeout", kNew, "yes", "docs/pings.md",
       kKeepaliveTests, "KeepaliveArgumentsTest.SettingsTimeout"},
      {"grpc.http2.ping_on_rst_stream_percent", kNew, "server", ""},
      {"grpc.http2.max_ping_strikes", kBoth, "server", ""},
      {"grpc.http2.min_ping_interval_without_data_ms", kBoth, "server", ""},
      {"grpc.http2.ack_pings", kNew, "no",
       "It is for gRPC's own tests: peers get no ACKs of their PINGs"},
      // ---- Others of the transport
      {"grpc.enable_channelz", kBoth, "yes", "",
       "tests/adapter/channelz_test.cc",
       "ChannelzTest.ShowsASubchannelsSocket"},
      {"grpc.resource_quota", kBoth, "otherwise",
       "When it is short of memory, idle connections and calls end as with "
       "chttp2; windows shrink, but to 16 KiB where chttp2's shrink to 0",
       "tests/integration/programs/resource_quota_test.cc",
       "ResourceQuotaTest.AnIdleConnectionIsGivenUp"},
      {"grpc.max_receive_message_length", kBoth, "yes",
       "checked when the length has come, not when the message has", kCallTests,
       "LoopyCallArgumentsTest.TheLengthOfAMessageIsEnough"},
      {"grpc.experimental.http2.enable_preferred_frame_size", kNew, "no",
       "It advertises that TLS frames of any size are welcome, which gRPC's "
       "servers assume anyway"},
      {"grpc.security_frame_allowed", kNew, "no",
       "It asks the endpoint for an extension that gRPC's endpoints do not "
       "have"},
      {"grpc.http2.max_security_frame_size", kNew, "no",
       "Follows grpc.security_frame_allowed"},
      {"grpc.tcp_tracing_enabled", kNew, "no",
       "It asks the endpoint for an extension that gRPC's endpoints do not "
       "have"},
      {"grpc.http.tarpit", kNew, "server", ""},
      {"grpc.http.tarpit_min_duration_ms", kNew, "server", ""},
      {"grpc.http.tarpit_max_duration_ms", kNew, "server", ""},
      // ---- The connector and the endpoints
      {"grpc.initial_reconnect_backoff_ms", kBoth, "grpc", ""},
      {"grpc.min_reconnect_backoff_ms", kBoth, "grpc",
       "also bounds the wait for the server's SETTINGS",
       "tests/integration/raw_peer_test.cc",
       "RawPeerTest.ThatNeverSendsSettingsMakesCallUnavailable"},
      {"grpc.max_reconnect_backoff_ms", kBoth, "grpc", ""},
      {"grpc.http_proxy", kBoth, "grpc", ""},
      {"grpc.enable_http_proxy", kBoth, "grpc", ""},
      {"grpc.http_connect_server", kBoth, "grpc", ""},
      {"grpc.http_connect_headers", kBoth, "grpc", ""},
      {"grpc.default_authority", kBoth, "grpc", ""},
      {"grpc.primary_user_agent", kBoth, "grpc", ""},
      {"grpc.secondary_user_agent", kBoth, "grpc", ""},
      {"grpc.minimal_stack", kBoth, "grpc", ""},
      {"grpc.socket_mutator", kBoth, "grpc", ""},
      {"grpc.experimental.tcp_read_chunk_size", kBoth, "grpc", kNotWithIoLoop},
      {"grpc.experimental.tcp_min_read_chunk_size", kBoth, "grpc",
       kNotWithIoLoop},
      {"grpc.experimental.tcp_max_read_chunk_size", kBoth, "grpc",
       kNotWithIoLoop},
      {"grpc.experimental.tcp_tx_zerocopy_enabled", kBoth, "grpc",
       "under 1.83 such a channel does not use the I/O loop (docs/io_loop.md)"},
      {"grpc.experimental.tcp_tx_zerocopy_send_bytes_threshold", kBoth, "grpc",
       ""},
      {"grpc.experimental.tcp_tx_zerocopy_max_simultaneous_sends", kBoth,
       "grpc", ""},
      {"grpc.tcp_receive_buffer_size", kNew, "grpc", ""},
      {"grpc.dscp", kNew, "grpc", ""},
      {"grpc.so_reuseport", kBoth, "server", ""},
      {"grpc.expand_wildcard_addrs", kBoth, "server", ""},
  };
  return *table;
}

std::string RenderArgumentTable() {
  std::string text =
      "| channel argument | gRPC | honoured | | test "
      "|\n|---|---|---|---|---|\n";
  for (const ArgumentRow& row : ArgumentTable()) {
    absl::StrAppend(&text, "| `", row.name, "` | ", row.releases, " | ",
                    row.honoured, " | ", row.remark, " | ");
    if (!row.file.empty()) {
      absl::StrAppend(&text, row.test, " in ", row.file, " ");
    }
    absl::StrAppend(&text, "|\n");
  }
  return text;
}

}  // namespace loopy
