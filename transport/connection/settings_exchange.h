#ifndef LOOPY_TRANSPORT_CONNECTION_SETTINGS_EXCHANGE_H_
#define LOOPY_TRANSPORT_CONNECTION_SETTINGS_EXCHANGE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/http2_error.h"
#include "transport/connection/timer_queue.h"
#include "transport/control/control_buffer.h"
#include "transport/hpack/header_list.h"
#include "transport/wire/frame.h"
#include "transport/wire/settings.h"

namespace loopy {

// The SETTINGS of a connection (RFC 9113 section 6.5), ours and the peer's.
//
// Ours go out when the connection starts, and whenever the streams' receive
// window changes. The peer has to acknowledge each within settings_timeout.
// The peer's are merged; the writer applies them and acknowledges them.
//
//   settings.PutFirst();                  // before anything else is put
//   settings.PutStreamWindow(window, max_frame_size);
//   settings.OnAck();
//   error = settings.OnPeerSettings(frame, &change);
//   status = settings.CheckRequestSize(headers);
//   settings.Stop();                      // no ACK is waited for any more
//
// Threads: any for PutFirst, CheckRequestSize and Stop; the reader's for the
// others, after PutFirst. The control buffer outlives it.
class SettingsExchange {
 public:
  // Streams that may be open before the peer's first SETTINGS (grpc-go).
  static constexpr uint32_t kMaxConcurrentBeforeSettings = 100;

  // The consequences of a SETTINGS frame of the peer.
  struct Change {
    bool is_first = false;
    // The peer's limit on streams; 2^32-1 if it has none.
    uint32_t max_concurrent_streams = 0;
    bool max_concurrent_streams_changed = false;  // also by the first
  };

  // `on_timeout` runs when an ACK is late, with no lock held; see TimerQueue.
  SettingsExchange(Clock* clock, ControlBuffer* buffer,
                   const ConnectionOptions& options,
                   std::function<void()> on_timeout);

  // ---- Ours.

  // Puts the first SETTINGS, and the WINDOW_UPDATE for a connection window that
  // is larger than the protocol's.
  void PutFirst();
  // The streams' receive window is `window` from now on. A frame may have up to
  // `max_frame_size` bytes, if that is given.
  void PutStreamWindow(uint32_t window,
                       absl::optional<uint32_t> max_frame_size);
  // An ACK is that of the oldest SETTINGS. Returns whether the peer has now
  // acknowledged all of them.
  bool OnAck();
  bool all_acked() const { return unacked_ == 0; }
  void Stop() { ack_timers_->Stop(); }

  // ---- The peer's.

  // An error: nothing is applied, and the connection ends.
  Http2Error OnPeerSettings(const SettingsFrame& frame, Change* change);

  // RESOURCE_EXHAUSTED if the peer takes no request headers of that size.
  absl::Status CheckRequestSize(const HeaderList& headers) const;

 private:
  static constexpr uint32_t kUnlimited = std::numeric_limits<uint32_t>::max();

  ControlBuffer* const buffer_;
  const SettingsFrame first_;
  const uint32_t connection_increment_;
  const std::shared_ptr<TimerQueue> ack_timers_;

  uint64_t unacked_ = 0;    // SETTINGS of ours; the reader's
  Settings peer_;           // the reader's
  bool peer_seen_ = false;  // the reader's
  // SETTINGS_MAX_HEADER_LIST_SIZE of the peer.
  std::atomic<uint32_t> max_request_size_{kUnlimited};
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_SETTINGS_EXCHANGE_H_
