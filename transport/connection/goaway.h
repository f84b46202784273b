#ifndef LOOPY_TRANSPORT_CONNECTION_GOAWAY_H_
#define LOOPY_TRANSPORT_CONNECTION_GOAWAY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "transport/base/http2_error.h"
#include "transport/connection/connection_observer.h"
#include "transport/control/control_item.h"
#include "transport/wire/frame.h"

namespace loopy {

// The GOAWAYs of a connection (RFC 9113 section 6.8): those that came from the
// peer, and the one that we send. A graceful server sends two: first one with
// id 2^31-1, then one with the last stream that it will process.
//
//   Http2Error error = goaway.OnFrame(frame);
//   if (!error.ok()) ...close at once...
//   ...streams above goaway.last_stream_id() were not processed...
//   status = goaway.Explain(why);   // for the calls that end
//   buffer->Put(GoAway::ForClose());
//
// Threads: ConnectionCloser guards it with its lock.
class GoAway {
 public:
  // An error: an id that no client has, or one above the earlier GOAWAY's.
  Http2Error OnFrame(const GoAwayFrame& frame);

  bool received() const { return received_; }
  uint32_t last_stream_id() const { return last_stream_id_; }
  // `code: ..., debug data: "..."` of the last one. Empty if none came.
  const std::string& reason() const { return reason_; }
  // The peer found that we ping too often (gRFC A8).
  bool too_many_pings() const { return too_many_pings_; }

  // The status of streams that the peer did not process.
  absl::Status UnprocessedStatus() const;
  // `why` with the reason of the GOAWAY that came before, if one did.
  absl::Status Explain(const absl::Status& why) const;
  void FillIn(DisconnectInfo* info) const;

  // Our GOAWAY of a close that nothing went wrong before, and of one for an
  // error of the peer.
  static SendGoAway ForClose();
  static SendGoAway ForError(const Http2Error& error);

 private:
  bool received_ = false;
  uint32_t last_stream_id_ = 0;
  std::string reason_;
  Http2ErrorCode code_ = Http2ErrorCode::kNoError;  // of the last one
  bool too_many_pings_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_GOAWAY_H_
