#ifndef LOOPY_TRANSPORT_BASE_CONNECTION_OPTIONS_H_
#define LOOPY_TRANSPORT_BASE_CONNECTION_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/http2_constants.h"
#include "transport/base/timeline.h"

namespace loopy {

// The options of one connection. Each component of the connection takes them by
// reference when it is made, and reads its own. The adapter fills them from
// channel arguments; the defaults here are gRPC C++'s where it documents one,
// and grpc-go's otherwise.
struct ConnectionOptions {
  // The connection's part of the timeline. The connection makes it.
  TimelineTrack timeline;

  // Receive windows in bytes (RFC 9113 section 6.9), at the start. That of the
  // connection is never smaller than kDefaultWindow.
  uint32_t stream_window = kDefaultWindow;
  uint32_t connection_window = kDefaultWindow;
  // Grow both with the measured bandwidth-delay product
  // (grpc.http2.bdp_probe).
  bool bdp_probe = true;

  // A stream asks for its next message when no more than this many bytes of the
  // last one are queued (grpc.http2.write_buffer_size).
  size_t write_quota = 64 * 1024;

  // The values that we advertise, in bytes: SETTINGS_HEADER_TABLE_SIZE,
  // SETTINGS_MAX_FRAME_SIZE and SETTINGS_MAX_HEADER_LIST_SIZE. (Where there is
  // a soft limit on header lists, the last is the hard one: HeaderListLimits.)
  uint32_t header_table_size = kDefaultHeaderTableSize;
  uint32_t max_frame_size = kDefaultMaxFrameSize;
  uint32_t max_header_list_size = 16 * 1024;
  absl::optional<uint32_t> soft_header_list_size;

  // The id of the first stream; odd (grpc.http2.initial_sequence_number).
  uint32_t first_stream_id = 1;

  // The largest table of our HPACK encoder, whatever the peer allows
  // (grpc.http2.hpack_table_size.encoder).
  uint32_t encoder_table_size = kDefaultHeaderTableSize;

  // A stream beyond the peer's limit fails, not sent, so that it may go to
  // another connection. Otherwise it waits
  // (grpc.http.max_concurrent_streams_reject_on_client).
  bool rejects_streams_above_limit = false;

  // A message announced as longer than this ends its call, RESOURCE_EXHAUSTED,
  // before its bytes are gathered.
  size_t max_receive_message_size = std::numeric_limits<size_t>::max();

  // The end of a call says what it waited for (loopy.explain_waits).
  bool explains_waits = true;

  // A connection that has bytes to send and makes no progress for so long is
  // logged (loopy.stall_log_ms). Infinite: never.
  absl::Duration stall_log_after = absl::InfiniteDuration();
  // One whose write makes no progress for so long is closed
  // (loopy.write_stall_timeout_ms). Infinite: never.
  absl::Duration write_stall_timeout = absl::InfiniteDuration();

  // A close waits this long for its GOAWAY to be sent
  // (loopy.goaway_timeout_ms).
  absl::Duration goaway_timeout = absl::Seconds(1);

  // gRFC A8. Infinite: off.
  absl::Duration keepalive_time = absl::InfiniteDuration();
  absl::Duration keepalive_timeout = absl::Seconds(20);
  bool keepalive_permit_without_calls = false;

  // This many PINGs of ours may follow each other without HEADERS, DATA or
  // WINDOW_UPDATE in between; 0: any number
  // (grpc.http2.max_pings_without_data).
  size_t max_pings_without_data = 2;
  // More of them may follow at this interval. Infinite: none.
  absl::Duration ping_interval_without_data = absl::InfiniteDuration();
  // This many may wait for their ACK; 0: any number
  // (grpc.http2.max_inflight_pings).
  size_t max_inflight_pings = 1;
  // A written PING may wait this long for its ACK, whatever else is read
  // (grpc.http2.ping_timeout_ms).
  absl::Duration ping_timeout = absl::InfiniteDuration();
  // Our SETTINGS may wait this long for their ACK
  // (grpc.http2.settings_timeout).
  absl::Duration settings_timeout = absl::InfiniteDuration();
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_CONNECTION_OPTIONS_H_
