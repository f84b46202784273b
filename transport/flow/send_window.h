#ifndef LOOPY_TRANSPORT_FLOW_SEND_WINDOW_H_
#define LOOPY_TRANSPORT_FLOW_SEND_WINDOW_H_

#include <cstdint>

#include "transport/base/http2_error.h"
#include "transport/flow/window.h"

namespace loopy {

// Counts how many bytes of DATA the peer lets us send, on a stream or on the
// connection.
//
//   SendWindow window(peer_initial_window);
//   window.Consume(n);                                  // n <= available()
//   error = window.OnStreamUpdate(id, increment);       // WINDOW_UPDATE
//   if (!window.Shift(new_initial - old_initial)) ...   // SETTINGS
//
// A peer's WINDOW_UPDATEs may be added up before they are applied. The window
// that the peer counts for us is never less than ours plus its pending
// increments, so an overflow of the sum is the peer's error.
//
// Threads: the loopy writer's only.
class SendWindow {
 public:
  // Requires initial <= kMaxWindow.
  explicit SendWindow(uint32_t initial = kDefaultWindow) : window_(initial) {}

  // Counts `n` bytes of DATA that are sent. Requires n <= available().
  void Consume(uint32_t n) { window_.Decrease(n); }

  // gRPC C++'s servers let a stream send up to 1 MiB more than their
  // SETTINGS_INITIAL_WINDOW_SIZE for a message that they read, even if that is
  // 2^31-1.
  static constexpr uint32_t kTolerated = 1 << 20;

  // Applies WINDOW_UPDATE of stream `stream_id`. Up to kTolerated past 2^31-1,
  // the window becomes 2^31-1. Further, returns a stream error
  // FLOW_CONTROL_ERROR (RFC 9113 section 6.9.1) that ends the call with
  // INTERNAL.
  Http2Error OnStreamUpdate(uint32_t stream_id, uint64_t increment);

  // Applies WINDOW_UPDATE of stream 0. Past 2^31-1, returns a connection error
  // FLOW_CONTROL_ERROR.
  Http2Error OnConnectionUpdate(uint64_t increment);

  // Applies a change of the peer's SETTINGS_INITIAL_WINDOW_SIZE by `delta` to a
  // stream's window. Returns false if the window would pass 2^31-1, which is a
  // connection error FLOW_CONTROL_ERROR (RFC 9113 section 6.9.2).
  [[nodiscard]] bool Shift(int64_t delta) { return window_.Shift(delta); }

  // Returns how much may be sent now: 0 if the window is negative.
  uint32_t available() const { return window_.available(); }
  int64_t value() const { return window_.value(); }

 private:
  bool Increase(uint64_t increment);

  Window window_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_SEND_WINDOW_H_
