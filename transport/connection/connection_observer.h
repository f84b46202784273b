#ifndef LOOPY_TRANSPORT_CONNECTION_CONNECTION_OBSERVER_H_
#define LOOPY_TRANSPORT_CONNECTION_CONNECTION_OBSERVER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "transport/base/http2_error.h"

namespace loopy {

// The cause for which a connection takes no new streams (gRFC A94).
struct DisconnectInfo {
  enum class Reason { kOther, kGoAway, kKeepaliveTimeout, kSocketError };
  Reason reason = Reason::kOther;
  // The code of the GOAWAY that came, if one did.
  absl::optional<Http2ErrorCode> goaway_code;
  bool too_many_pings = false;  // the peer asks for fewer (gRFC A8)
};

// A connection reports to its owner here. Threads: any, no lock held.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;

  // The peer's first SETTINGS came: the connection is usable. At most once.
  virtual void OnReady() = 0;

  // The peer allows `n` streams at a time (SETTINGS_MAX_CONCURRENT_STREAMS;
  // without one, 2^32-1). Called before OnReady and whenever it changes.
  virtual void OnMaxConcurrentStreams(uint32_t /*n*/) {}

  // The last stream has ended.
  virtual void OnIdle() {}

  // Returns how short of memory the channel's resource quota is, from 0 to 1.
  // Receive windows follow it (WindowTarget).
  virtual double MemoryPressure() { return 0; }

  // A PING of ours is on its way.
  virtual void OnPingSent(bool /*is_keepalive*/) {}

  // There will be no new streams: GOAWAY came, the connection failed or was
  // closed. Once.
  virtual void OnDisconnect(absl::Status status,
                            const DisconnectInfo& info) = 0;

  // The endpoint was destroyed. Once, last.
  virtual void OnReleased() = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_CONNECTION_OBSERVER_H_
