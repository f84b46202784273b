#ifndef LOOPY_TRANSPORT_FLOW_SEND_WINDOW_H_
#define LOOPY_TRANSPORT_FLOW_SEND_WINDOW_H_

#include <cstdint>

#include "transport/base/http2_error.h"
#include "transport/flow/window.h"

namespace loopy {

// How many bytes of DATA the peer lets us send, on a stream or on the
// connection.
//
//   SendWindow window(peer_initial_window);
//   window.Consume(n);                                  // n <= available()
//   error = window.OnStreamUpdate(id, increment);       // WINDOW_UPDATE
//   if (!window.Shift(new_initial - old_initial)) ...   // SETTINGS
//
// A peer's WINDOW_UPDATEs may be added up before they are applied: what it
// counts as our window is never less than ours and its pending increments, so a
// sum that overflows was overflowed by the peer.
//
// Threads: the loopy writer's only.
class SendWindow {
 public:
  // At most kMaxWindow.
  explicit SendWindow(uint32_t initial = kDefaultWindow) : window_(initial) {}

  // DATA with `n` bytes goes out. Requires n <= available().
  void Consume(uint32_t n) { window_.Decrease(n); }

  // WINDOW_UPDATE of stream `stream_id`. Past 2^31-1 the stream is reset with
  // FLOW_CONTROL_ERROR (RFC 9113 section 6.9.1); its call ends with INTERNAL.
  Http2Error OnStreamUpdate(uint32_t stream_id, uint64_t increment);

  // WINDOW_UPDATE of stream 0. Past 2^31-1 the connection ends with
  // FLOW_CONTROL_ERROR.
  Http2Error OnConnectionUpdate(uint64_t increment);

  // The peer's SETTINGS_INITIAL_WINDOW_SIZE changed by `delta`: a stream's
  // window only. False: the window would pass 2^31-1, a connection error
  // FLOW_CONTROL_ERROR (RFC 9113 section 6.9.2).
  [[nodiscard]] bool Shift(int64_t delta) { return window_.Shift(delta); }

  // What may be sent now: 0 if the window is negative.
  uint32_t available() const { return window_.available(); }
  int64_t value() const { return window_.value(); }

 private:
  bool Increase(uint64_t increment);

  Window window_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_SEND_WINDOW_H_
