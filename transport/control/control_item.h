#ifndef LOOPY_TRANSPORT_CONTROL_CONTROL_ITEM_H_
#define LOOPY_TRANSPORT_CONTROL_CONTROL_ITEM_H_

#include <cstdint>
#include <iterator>
#include <string>
#include <variant>

#include "transport/base/http2_error.h"
#include "transport/wire/frame.h"

namespace loopy {

// Control items ask the loopy writer to do something for the connection as a
// whole, in grpc-go's terms. They are handled in the order in which they were
// put, and before the streams. Streams have no items: see OutboundStream.

// Writes our SETTINGS (outgoingSettings), followed by the WINDOW_UPDATE that
// enlarges the connection's window by `connection_increment`, if that is not 0.
// SETTINGS must be the first frame of a connection (RFC 9113 section 3.4), and
// PutConnectionUpdate's increments go before all items.
struct SendSettings {
  SettingsFrame settings;
  uint32_t connection_increment = 0;
};

// Writes a PING of ours (ping).
struct SendPing {
  uint64_t opaque = 0;
};

// Writes GOAWAY, and nothing after it (goAway). The writer forgets its streams.
// last-stream-id is 0, because a client has accepted no stream (RFC 9113
// section 6.8).
struct SendGoAway {
  Http2ErrorCode code = Http2ErrorCode::kNoError;
  std::string debug_data;
};

// Lets bulk use the reserve of the connection's window, if the peer has
// returned nothing since the writer reported that bulk is held back.
struct ReleaseReserve {};

// Ends the writer, because the endpoint is shut down (closeConnection).
struct CloseConnection {};

using ControlItem = std::variant<SendSettings, SendPing, SendGoAway,
                                 ReleaseReserve, CloseConnection>;

inline const char* ControlItemName(const ControlItem& item) {
  constexpr const char* kNames[] = {"SendSettings", "SendPing", "SendGoAway",
                                    "ReleaseReserve", "CloseConnection"};
  static_assert(std::size(kNames) == std::variant_size_v<ControlItem>);
  return kNames[item.index()];
}

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_CONTROL_ITEM_H_
