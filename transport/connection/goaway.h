#ifndef LOOPY_TRANSPORT_CONNECTION_GOAWAY_H_
#define LOOPY_TRANSPORT_CONNECTION_GOAWAY_H_

#include <cstdint>
#include <string>

#include "transport/base/http2_error.h"
#include "transport/wire/frame.h"

namespace loopy {

// The GOAWAYs that came from the peer (RFC 9113 section 6.8). A graceful server
// sends two: first one with id 2^31-1, then one with the last stream that it
// will process.
//
//   Http2Error error = goaway.OnFrame(frame);
//   if (!error.ok()) ...close at once...
//   ... streams above goaway.last_stream_id() were not processed ...
//
// Threads: the connection guards it with its lock.
class ReceivedGoAway {
 public:
  // An error: an id that no client has, or one above the earlier GOAWAY's.
  Http2Error OnFrame(const GoAwayFrame& frame);

  bool received() const { return received_; }
  uint32_t last_stream_id() const { return last_stream_id_; }
  // For the status texts: `code: …, debug data: "…"`. Empty if none came.
  const std::string& reason() const { return reason_; }
  // Of the last one.
  Http2ErrorCode code() const { return code_; }
  // The peer found that we ping too often (gRFC A8).
  bool too_many_pings() const { return too_many_pings_; }

 private:
  bool received_ = false;
  uint32_t last_stream_id_ = 0;
  std::string reason_;
  Http2ErrorCode code_ = Http2ErrorCode::kNoError;
  bool too_many_pings_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_GOAWAY_H_
