#ifndef LOOPY_TRANSPORT_CONNECTION_RECEIVE_WINDOWS_H_
#define LOOPY_TRANSPORT_CONNECTION_RECEIVE_WINDOWS_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "transport/base/connection_options.h"
#include "transport/connection/connection_observer.h"
#include "transport/connection/connection_streams.h"
#include "transport/connection/settings_exchange.h"
#include "transport/flow/window_target.h"
#include "transport/reader/connection_reader.h"

namespace loopy {

// Sizes the receive windows of a connection and of its streams: they grow with
// the bandwidth-delay product, and shrink while memory is short. Frames may be
// larger when the windows have grown. With a fixed size (no bdp_probe) nothing
// of that happens.
//
//   windows.OnBdp(window);        // the BDP estimator wants larger windows
//   windows.OnData(n);            // DATA came
//   windows.OnSettingsAcked();    // all SETTINGS of ours are acknowledged
//
// The memory pressure is looked at when the product has grown, when
// kBytesBetweenLooks bytes have come, and when the peer has acknowledged
// SETTINGS. A window in which nothing comes holds no memory.
//
// Threads: the reader's. Lifetime: a member of the connection, as is all that
// it is given.
class ReceiveWindows {
 public:
  static constexpr uint32_t kBytesBetweenLooks = 32 * 1024;
  // Windows that grow make our SETTINGS_MAX_FRAME_SIZE a quarter of theirs, up
  // to this. A whole frame has to arrive before its bytes are returned.
  static constexpr uint32_t kLargestFrame = 128 * 1024;

  ReceiveWindows(const ConnectionOptions& options, ConnectionObserver* observer,
                 SettingsExchange* settings, ConnectionReader* reader,
                 ConnectionStreams* streams);

  void OnBdp(uint32_t window);
  void OnData(uint32_t n) {
    bytes_since_look_ += n;
    if (bytes_since_look_ >= kBytesBetweenLooks) Look();
  }
  void OnSettingsAcked();

 private:
  void Look();
  void Adjust(double pressure);
  // If `window` allows larger frames, the reader takes them from now on, and
  // this returns the size for the peer.
  absl::optional<uint32_t> GrowFrames(uint32_t window);

  const bool is_fixed_;
  ConnectionObserver* const observer_;
  SettingsExchange* const settings_;
  ConnectionReader* const reader_;
  ConnectionStreams* const streams_;
  WindowTarget connection_;
  WindowTarget stream_;
  uint32_t max_frame_size_;
  uint64_t bytes_since_look_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_RECEIVE_WINDOWS_H_
