#ifndef LOOPY_TRANSPORT_CONTROL_CONTROL_ITEM_H_
#define LOOPY_TRANSPORT_CONTROL_CONTROL_ITEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "absl/types/optional.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/control/outbound_stream.h"
#include "transport/wire/frame.h"

namespace loopy {

// What the loopy writer can be asked to do, in grpc-go's terms. Items are
// handled in the order in which they were put.

// Write the request headers and keep the stream (grpc-go: headerFrame).
struct OpenStream {
  std::shared_ptr<OutboundStream> stream;
};

// Queue bytes behind the stream's earlier ones (dataFrame). They may be put
// before the stream is opened.
struct SendData {
  std::shared_ptr<OutboundStream> stream;
  SliceBuffer bytes;
  bool end_stream = false;
};

// Forget the stream and what it still has queued (cleanupStream). RST_STREAM
// with `reset` goes out if the peer knows the stream; NO_ERROR only if it still
// waits for our END_STREAM (RFC 9113 section 8.1).
struct CloseStream {
  std::shared_ptr<OutboundStream> stream;
  absl::optional<Http2ErrorCode> reset;
};

// Write our SETTINGS (outgoingSettings), and behind it the WINDOW_UPDATE that
// enlarges the connection's window by `connection_increment`, if that is not 0.
// SETTINGS must be the first frame of a connection (RFC 9113 section 3.4), and
// PutConnectionUpdate's increments go before all items.
struct SendSettings {
  SettingsFrame settings;
  uint32_t connection_increment = 0;
};

// Write a PING of ours (ping).
struct SendPing {
  uint64_t opaque = 0;
};

// Write GOAWAY, and nothing after it (goAway). Streams are forgotten.
// last-stream-id is 0: a client has accepted no stream (RFC 9113 section 6.8).
struct SendGoAway {
  Http2ErrorCode code = Http2ErrorCode::kNoError;
  std::string debug_data;
};

// The endpoint is shut down: be the writer no more (closeConnection).
struct CloseConnection {};

using ControlItem =
    std::variant<OpenStream, SendData, CloseStream, SendSettings, SendPing,
                 SendGoAway, CloseConnection>;

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_CONTROL_ITEM_H_
