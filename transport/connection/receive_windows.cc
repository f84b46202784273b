#include "transport/connection/receive_windows.h"

#include <algorithm>

#include "absl/types/optional.h"
#include "transport/base/http2_constants.h"
#include "transport/base/trace.h"

namespace loopy {

ReceiveWindows::ReceiveWindows(const ConnectionOptions& options,
                               ConnectionObserver* observer,
                               SettingsExchange* settings,
                               ConnectionReader* reader,
                               ConnectionStreams* streams)
    : is_fixed_(!options.bdp_probe),
      observer_(observer),
      settings_(settings),
      reader_(reader),
      streams_(streams),
      connection_(std::max(options.connection_window, kDefaultWindow)),
      stream_(options.stream_window),
      max_frame_size_(options.max_frame_size) {}

void ReceiveWindows::OnBdp(uint32_t window) {
  // A product's worth of responses may come at once, from as many streams. With
  // a window of its own size they would make an update due, in a write of its
  // own, right before the next requests.
  connection_.SetWanted(std::min(2 * window, kMaxBdpWindow));
  stream_.SetWanted(window);
  Look();
}

void ReceiveWindows::OnSettingsAcked() {
  streams_->OnReceiveWindowAcked();
  Look();
}

void ReceiveWindows::Look() {
  bytes_since_look_ = 0;
  if (!is_fixed_) Adjust(observer_->MemoryPressure());
}

void ReceiveWindows::Adjust(double pressure) {
  if (const absl::optional<uint32_t> window = connection_.Update(pressure)) {
    LOOPY_TRACE(flow_trace, "the connection's receive window is %u bytes now",
                *window);
    reader_->SetConnectionWindow(*window);
  }
  // They shrink again only when the peer has acknowledged the last change.
  if (const absl::optional<uint32_t> window =
          stream_.Update(pressure, settings_->all_acked())) {
    LOOPY_TRACE(flow_trace, "the streams' receive windows are %u bytes now",
                *window);
    // The peer may use larger windows before the streams have them, but this
    // is the thread that would see it.
    settings_->PutStreamWindow(*window, GrowFrames(*window));
    streams_->SetReceiveWindow(*window);
  }
}

absl::optional<uint32_t> ReceiveWindows::GrowFrames(uint32_t window) {
  const uint32_t size = std::min(window / 4, kLargestFrame);
  if (size <= max_frame_size_) return absl::nullopt;
  max_frame_size_ = size;
  reader_->SetMaxFrameSize(size);
  return size;
}

}  // namespace loopy
