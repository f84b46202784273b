#ifndef LOOPY_TRANSPORT_CONNECTION_CONNECTION_OPTIONS_H_
#define LOOPY_TRANSPORT_CONNECTION_CONNECTION_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace loopy {

// What a connection is made with. The defaults are gRPC C++'s where it
// documents one, grpc-go's otherwise. The adapter fills it from channel
// arguments.
struct ConnectionOptions {
  // Receive windows in bytes (RFC 9113 section 6.9), at the start.
  uint32_t stream_window = 65535;
  uint32_t connection_window = 65535;
  // Grow both with the measured bandwidth-delay product
  // (grpc.http2.bdp_probe).
  bool bdp_probe = true;

  // How many bytes of a stream may wait for the kernel when it is asked for its
  // next message (grpc.http2.write_buffer_size).
  size_t write_quota = 64 * 1024;

  // What we advertise: SETTINGS_HEADER_TABLE_SIZE, SETTINGS_MAX_FRAME_SIZE and
  // SETTINGS_MAX_HEADER_LIST_SIZE, in bytes. (Where there is a soft limit on
  // header lists, the latter is the hard one: see HeaderListLimits.)
  uint32_t header_table_size = 4096;
  uint32_t max_frame_size = 16384;
  uint32_t max_header_list_size = 16384;
  absl::optional<uint32_t> soft_header_list_size;

  // The id of the first stream; odd (grpc.http2.initial_sequence_number).
  uint32_t first_stream_id = 1;

  // The largest table of our HPACK encoder, whatever the peer allows
  // (grpc.http2.hpack_table_size.encoder).
  uint32_t encoder_table_size = 4096;

  // A stream beyond the peer's limit fails, not sent, so that it may go to
  // another connection. Otherwise it waits
  // (grpc.http.max_concurrent_streams_reject_on_client).
  bool rejects_streams_above_limit = false;

  // A message announced as longer than this ends its call, RESOURCE_EXHAUSTED,
  // before its bytes are gathered.
  size_t max_receive_message_size = std::numeric_limits<size_t>::max();

  // How long a close waits for its GOAWAY to be written
  // (loopy.goaway_timeout_ms).
  absl::Duration goaway_timeout = absl::Seconds(1);

  // gRFC A8. Infinite: off.
  absl::Duration keepalive_time = absl::InfiniteDuration();
  absl::Duration keepalive_timeout = absl::Seconds(20);
  bool keepalive_permit_without_calls = false;

  // How many PINGs of ours may follow each other without HEADERS, DATA or
  // WINDOW_UPDATE in between; 0: any number
  // (grpc.http2.max_pings_without_data).
  size_t max_pings_without_data = 2;
  // More of them may follow so slowly. Infinite: none.
  absl::Duration ping_interval_without_data = absl::InfiniteDuration();
  // How many may wait for their ACK; 0: any number
  // (grpc.http2.max_inflight_pings).
  size_t max_inflight_pings = 1;
  // How long a written PING may wait for its ACK, whatever else is read
  // (grpc.http2.ping_timeout_ms).
  absl::Duration ping_timeout = absl::InfiniteDuration();
  // How long our SETTINGS may wait for their ACK (grpc.http2.settings_timeout).
  absl::Duration settings_timeout = absl::InfiniteDuration();
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_CONNECTION_OPTIONS_H_
