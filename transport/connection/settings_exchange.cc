#include "transport/connection/settings_exchange.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

SettingsFrame FirstSettings(const ConnectionOptions& options) {
  Settings settings;
  settings.enable_push = false;
  settings.header_table_size = options.header_table_size;
  settings.initial_window_size = options.stream_window;
  settings.max_frame_size = options.max_frame_size;
  settings.max_header_list_size = options.max_header_list_size;
  return settings.ToFrame();
}

}  // namespace

SettingsExchange::SettingsExchange(Clock* clock, ControlBuffer* buffer,
                                   const ConnectionOptions& options,
                                   std::function<void()> on_timeout)
    : buffer_(buffer),
      first_(FirstSettings(options)),
      connection_increment_(
          std::max(options.connection_window, kDefaultWindow) - kDefaultWindow),
      ack_timers_(std::make_shared<TimerQueue>(clock, options.settings_timeout,
                                               std::move(on_timeout))) {}

void SettingsExchange::PutFirst() {
  ++unacked_;
  ack_timers_->Start();
  buffer_->Put(SendSettings{first_, connection_increment_});
}

void SettingsExchange::PutStreamWindow(
    uint32_t window, absl::optional<uint32_t> max_frame_size) {
  // Settings::ToFrame leaves the protocol's default out, which may be lower or
  // higher than the present window.
  SettingsFrame frame;
  frame.settings.push_back(
      {static_cast<uint16_t>(SettingId::kInitialWindowSize), window});
  if (max_frame_size.has_value()) {
    frame.settings.push_back(
        {static_cast<uint16_t>(SettingId::kMaxFrameSize), *max_frame_size});
  }
  ++unacked_;
  ack_timers_->Start();
  buffer_->Put(SendSettings{std::move(frame), 0});
}

bool SettingsExchange::OnAck() {
  ack_timers_->CancelOldest();
  if (unacked_ > 0) --unacked_;  // a peer may send more ACKs than it should
  return all_acked();
}

Http2Error SettingsExchange::OnPeerSettings(const SettingsFrame& frame,
                                            Change* change) {
  const absl::optional<uint32_t> old_limit = peer_.max_concurrent_streams;
  Http2Error error = peer_.Apply(frame);
  if (!error.ok()) return error;
  max_request_size_.store(peer_.max_header_list_size.value_or(kUnlimited),
                          std::memory_order_relaxed);
  buffer_->PutPeerSettings(peer_);
  change->is_first = !std::exchange(peer_seen_, true);
  change->max_concurrent_streams =
      peer_.max_concurrent_streams.value_or(kUnlimited);
  change->max_concurrent_streams_changed =
      change->is_first || peer_.max_concurrent_streams != old_limit;
  return error;
}

absl::Status SettingsExchange::CheckRequestSize(
    const HeaderList& headers) const {
  const uint32_t limit = max_request_size_.load(std::memory_order_relaxed);
  if (headers.hpack_size() <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("to-be-sent initial metadata size exceeds peer limit (",
                   headers.hpack_size(), " vs. ", limit, ")"));
}

}  // namespace loopy
