#ifndef LOOPY_TRANSPORT_FLOW_RECEIVE_WINDOW_H_
#define LOOPY_TRANSPORT_FLOW_RECEIVE_WINDOW_H_

#include <cstdint>

#include "transport/base/http2_error.h"
#include "transport/flow/bdp_estimator.h"
#include "transport/flow/window.h"

namespace loopy {

// Counts how many bytes of DATA the peer may send on the connection. It does
// not depend on what applications read: their own windows hold back slow
// streams, which cannot hold back the others.
//
//   error = window.OnData(n);                // each DATA frame
//   increment = window.MaybeUpdate(ahead);   // != 0: send WINDOW_UPDATE
//   increment = window.SetLimit(new_limit);  // likewise
//
// Every increment that is returned counts as sent.
//
// Threads: the reader's only.
class ConnectionReceiveWindow {
 public:
  // The peer starts with kDefaultWindow bytes (RFC 9113 section 6.9.2): for a
  // larger limit, WINDOW_UPDATE with the difference is sent when the connection
  // starts; a smaller one takes effect as data comes.
  explicit ConnectionReceiveWindow(uint32_t limit = kDefaultWindow);

  // DATA with `n` flow-controlled bytes (padding included) arrived. Returns a
  // connection error FLOW_CONTROL_ERROR if they exceed the window.
  Http2Error OnData(uint32_t n);

  // Returns the increment to send with the next write: 0 until an eighth of the
  // limit has arrived. A stream that may receive `ahead` bytes beyond its limit
  // gets them through, and leaves a whole limit to the others.
  uint32_t MaybeUpdate(uint32_t ahead);
  // Returns how large an update is that waits for no other write: half of the
  // limit.
  uint32_t Enough() const { return 4 * Eighth(); }

  // Returns the increment for all that has arrived. It goes before a BDP ping.
  uint32_t UpdateNow();

  // Returns the increment to send at once for a larger limit. A smaller limit
  // takes effect as data comes.
  uint32_t SetLimit(uint32_t limit);

  uint32_t limit() const { return limit_; }
  // Returns how much the peer may send.
  int64_t value() const { return window_.value(); }

 private:
  uint32_t Eighth() const { return limit_ / 8; }
  // Returns what the peer may not send of the limit and `ahead` bytes.
  int64_t Missing(uint32_t ahead) const;
  uint32_t RaiseBy(int64_t missing);

  uint32_t limit_;
  Window window_;
};

// Counts how many bytes of DATA the peer may send on a stream: `limit` ahead of
// what the application has read, and the whole message that it waits for.
//
//   error = window.OnData(stream_id, n);  // each DATA frame
//   increment = window.OnRead(n);         // != 0: send WINDOW_UPDATE
//   increment = window.GrantMessage(n);   // likewise
//   increment = window.SetLimit(limit);   // likewise; SETTINGS are sent
//   increment = window.OnLimitAcked();    // likewise
//
// Every increment that is returned counts as sent.
//
// A peer learns of a lower limit only when it has read our SETTINGS, and may
// use the old one until then. So the lower limit counts at once for what is
// returned to the peer, and for what the peer may send when it has acknowledged
// it. Its window may then be negative (RFC 9113 section 6.9.2).
//
// Threads: any, one at a time (the stream's lock).
class StreamReceiveWindow {
 public:
  // `limit`: our SETTINGS_INITIAL_WINDOW_SIZE.
  explicit StreamReceiveWindow(uint32_t limit);

  // DATA with `n` flow-controlled bytes (padding included) arrived. If they
  // exceed the window, returns a stream error FLOW_CONTROL_ERROR that ends the
  // call with INTERNAL.
  Http2Error OnData(uint32_t stream_id, uint32_t n);

  // The application took `n` of the bytes that arrived, or they were padding.
  // Returns the increment to send now: 0 until a quarter of the limit can be
  // returned. Requires that `n` bytes arrived.
  uint32_t OnRead(uint32_t n);

  // The application waits for a message of which `n` bytes have not arrived
  // yet. Returns the increment to send now: 0 if the peer may send them anyway,
  // else enough to leave a whole limit behind the message, so that the next one
  // need not wait.
  uint32_t GrantMessage(uint32_t n);

  // Sets the limit of a stream that the peer does not know yet.
  void Start(uint32_t limit);

  // SETTINGS with this initial window are sent. It is at most kMaxBdpWindow,
  // unless it is lower than the present one. The peer's window changes with it,
  // without WINDOW_UPDATE. Returns the increment to send now, as OnRead does: a
  // smaller limit has a smaller quarter.
  uint32_t SetLimit(uint32_t limit);

  // The peer has acknowledged all our SETTINGS. Returns likewise.
  uint32_t OnLimitAcked();

  uint32_t limit() const { return limit_; }
  // Returns how much the peer may send beyond the limit.
  uint32_t Ahead() const;
  // Returns how much the peer may send, as far as it can know.
  int64_t value() const { return window_.value(); }

 private:
  // Returns how much the peer may send when it has read our SETTINGS.
  int64_t Announced() const { return window_.value() - lowered_by_; }
  // Returns what can be returned to the peer, if that is enough for an update.
  uint32_t MaybeUpdate();
  // Raises the window to at most `target`. A window that passes 2^31-1 when
  // SETTINGS raises the initial one would be our error, so this leaves space
  // for the largest initial window.
  uint32_t RaiseTo(int64_t target);

  uint32_t limit_;
  Window window_;
  int64_t lowered_by_ = 0;  // by SETTINGS that the peer has not acknowledged
  uint64_t unread_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_RECEIVE_WINDOW_H_
