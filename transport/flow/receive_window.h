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
//   increment = window.MaybeUpdate();        // != 0: send WINDOW_UPDATE
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

  // Returns the increment to send now: 0 until a quarter of the limit has
  // arrived.
  uint32_t MaybeUpdate();

  // Returns the increment for all that has arrived. It goes before a BDP ping.
  uint32_t UpdateNow();

  // Raises the limit and returns the increment to send at once. A limit that is
  // not larger changes nothing.
  uint32_t SetLimit(uint32_t limit);

  uint32_t limit() const { return limit_; }
  // Returns how much the peer may send.
  int64_t value() const { return window_.value(); }

 private:
  // Returns the part of the limit that the peer may not send.
  int64_t Missing() const { return int64_t{limit_} - window_.value(); }

  uint32_t limit_;
  Window window_;
};

// Counts how many bytes of DATA the peer may send on a stream: `limit` ahead of
// what the application has read, and the whole message that it waits for.
//
//   error = window.OnData(stream_id, n);  // each DATA frame
//   increment = window.OnRead(n);         // != 0: send WINDOW_UPDATE
//   increment = window.GrantMessage(n);   // likewise
//
// Every increment that is returned counts as sent.
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

  // Raises the limit when SETTINGS with a larger initial window, of at most
  // kMaxBdpWindow, is sent. The peer's window grows with it, without
  // WINDOW_UPDATE. A limit that is not larger changes nothing.
  void SetLimit(uint32_t limit);

  uint32_t limit() const { return limit_; }
  // Returns how much the peer may send.
  int64_t value() const { return window_.value(); }

 private:
  // Raises the window to at most `target`. A window that passes 2^31-1 when
  // SETTINGS raises the initial one would be our error, so this leaves space
  // for the largest initial window.
  uint32_t RaiseTo(int64_t target);

  uint32_t limit_;
  Window window_;
  uint64_t unread_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_RECEIVE_WINDOW_H_
