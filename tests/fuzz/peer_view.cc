#include "tests/fuzz/peer_view.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <variant>

#include "transport/base/slice.h"

namespace loopy {
namespace {

// Our client opens this many streams before it knows a limit.
constexpr uint32_t kLimitBeforeSettings = 100;

}  // namespace

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

PeerView::PeerView(uint32_t max_frame_size) : parser_(this) {
  parser_.set_max_frame_size(max_frame_size);
}

size_t PeerView::open_streams() const {
  return static_cast<size_t>(
      std::count_if(streams_.begin(), streams_.end(),
                    [](const auto& entry) { return entry.second.open(); }));
}

uint32_t PeerView::limit() const {
  return any_acknowledged_ ? max_concurrent_ : kLimitBeforeSettings;
}

// ---- The peer's frames

void PeerView::OnPeerBytes(absl::string_view bytes, bool frames_wait) {
  if (!frames_wait) ++rounds_;
  if (broken_ || bytes.empty()) return;
  SliceBuffer buffer(Slice::FromCopy(bytes));
  broken_ = !parser_.Parse(&buffer).ok();
}

Http2Error PeerView::OnFrame(Frame&& frame) {
  std::visit([this](const auto& typed) { OnSent(typed); }, frame);
  return Http2Error::Ok();
}

void PeerView::OnSent(const DataFrame& frame) {
  used_by_peer_.insert(frame.stream_id);
  receive_window_ -= frame.flow_controlled_size;
  auto stream = streams_.find(frame.stream_id);
  if (stream == streams_.end()) return;
  stream->second.receive_window -= frame.flow_controlled_size;
  stream->second.peer_ended |= frame.end_stream;
}

void PeerView::OnSent(const HeadersFrame& frame) {
  used_by_peer_.insert(frame.stream_id);
  if (frame.end_stream) block_ends_ = frame.stream_id;
  MaybeEnd(frame.stream_id, frame.end_headers);
}

void PeerView::OnSent(const ContinuationFrame& frame) {
  MaybeEnd(frame.stream_id, frame.end_headers);
}

void PeerView::MaybeEnd(uint32_t id, bool end_headers) {
  if (!end_headers || std::exchange(block_ends_, 0) != id) return;
  auto stream = streams_.find(id);
  if (stream != streams_.end()) stream->second.peer_ended = true;
}

void PeerView::OnSent(const RstStreamFrame& frame) {
  used_by_peer_.insert(frame.stream_id);
  auto stream = streams_.find(frame.stream_id);
  if (stream != streams_.end()) Reset(&stream->second);
}

void PeerView::Reset(Stream* stream) {
  if (std::exchange(stream->peer_reset, true)) return;
  stream->peer_reset_at = rounds_;
}

void PeerView::OnSent(const SettingsFrame& frame) {
  if (frame.ack) return;
  unacknowledged_.push_back(frame);
  for (const Setting& setting : frame.settings) {
    if (setting.id != 5) continue;  // SETTINGS_MAX_FRAME_SIZE
    largest_max_frame_size_ =
        std::clamp(setting.value, largest_max_frame_size_, kMaxMaxFrameSize);
  }
}

void PeerView::OnSent(const GoAwayFrame& frame) {
  if (!goaway_last_id_.has_value()) goaway_at_ = rounds_;
  goaway_last_id_ = frame.last_stream_id;
  for (auto& [id, stream] : streams_) {
    if (id > frame.last_stream_id) Reset(&stream);
  }
}

void PeerView::OnSent(const PingFrame& frame) {
  if (!frame.ack) ++pings_to_acknowledge_;
}

void PeerView::OnSent(const WindowUpdateFrame& frame) {
  used_by_peer_.insert(frame.stream_id);
  if (frame.stream_id == 0) {
    send_window_ += frame.increment;
    return;
  }
  auto stream = streams_.find(frame.stream_id);
  if (stream != streams_.end()) {
    stream->second.send_window += frame.increment;
  } else {
    early_updates_[frame.stream_id] += frame.increment;
  }
}

// ---- The client's frames

void PeerView::OnClientFrame(const WrittenFrame& frame) {
  const bool first = !std::exchange(client_settings_came_, true);
  Require(!first || (frame.type == FrameType::kSettings && !frame.ack),
          "SETTINGS come first");
  switch (frame.type) {
    case FrameType::kHeaders:
      OnHeaders(frame);
      return;
    case FrameType::kData:
      OnData(frame);
      return;
    case FrameType::kSettings:
      OnSettings(frame);
      return;
    case FrameType::kWindowUpdate:
      OnWindowUpdate(frame);
      return;
    case FrameType::kRstStream:
      OnReset(frame);
      return;
    case FrameType::kPing:
      if (!frame.ack) {
        last_ping_ = frame.opaque;
        return;
      }
      Require(pings_to_acknowledge_-- > 0, "an ACK for each PING");
      return;
    case FrameType::kGoAway:
      Require(frame.last_stream_id == 0, "GOAWAY: last stream id");
      return;
    case FrameType::kPriority:
    case FrameType::kPushPromise:
    case FrameType::kContinuation:  // part of HEADERS here
      Require(false, "no PRIORITY, no PUSH_PROMISE");
  }
}

PeerView::Stream* PeerView::FindKnown(uint32_t id) {
  auto stream = streams_.find(id);
  Require(stream != streams_.end(), "a frame of an idle stream");
  return &stream->second;
}

void PeerView::OnHeaders(const WrittenFrame& frame) {
  const uint32_t id = frame.stream_id;
  Require(id % 2 == 1, "the id of a client's stream is odd");
  Require(ids_.empty() || ids_.back() < id, "ids rise");
  Require(!goaway_last_id_.has_value() || goaway_at_ == rounds_ ||
              id <= *goaway_last_id_,
          "no new stream after the peer's GOAWAY");
  Stream stream;
  stream.send_window = initial_window_;
  const auto early = early_updates_.find(id);
  if (early != early_updates_.end()) stream.send_window += early->second;
  stream.receive_window = client_initial_window_;
  stream.client_ended = frame.end_stream;
  streams_.emplace(id, stream);
  ids_.push_back(id);
  Require(open_streams() <= std::max(limit(), highest_limit_),
          "SETTINGS_MAX_CONCURRENT_STREAMS");
}

void PeerView::OnData(const WrittenFrame& frame) {
  Stream* stream = FindKnown(frame.stream_id);
  Require(!stream->client_ended, "DATA after END_STREAM");
  Require(!stream->client_reset, "DATA after RST_STREAM");
  Require(!stream->peer_reset || stream->peer_reset_at == rounds_,
          "DATA after the peer's RST_STREAM");
  const auto size = static_cast<int64_t>(frame.payload.size());
  Require(frame.payload.size() <= largest_max_frame_size_, "DATA: size");
  stream->send_window -= size;
  send_window_ -= size;
  // Empty frames need no window (RFC 9113 section 6.9.1).
  Require(size == 0 || stream->send_window >= 0, "the stream's window");
  Require(size == 0 || send_window_ >= 0, "the connection's window");
  stream->client_ended = frame.end_stream;
}

void PeerView::OnReset(const WrittenFrame& frame) {
  const uint32_t id = frame.stream_id;
  const auto stream = streams_.find(id);
  if (stream == streams_.end()) {
    // The client had opened and ended the stream with nothing written. It does
    // not know that the stream is idle for the peer.
    Require(used_by_peer_.count(id) != 0, "RST_STREAM of an idle stream");
    return;
  }
  // A peer that goes on after its own end gets a reset each time.
  const bool goes_on = (frame.code == Http2ErrorCode::kStreamClosed ||
                        frame.code == Http2ErrorCode::kFrameSizeError) &&
                       (stream->second.peer_ended || stream->second.peer_reset);
  Require(!stream->second.client_reset || goes_on,
          "one RST_STREAM for each stream");
  stream->second.client_reset = true;
}

void PeerView::OnSettings(const WrittenFrame& frame) {
  if (frame.ack) {
    Require(!unacknowledged_.empty(), "an ACK for each SETTINGS");
    ApplyAcknowledged(unacknowledged_.front());
    unacknowledged_.pop_front();
    return;
  }
  for (const Setting& setting : frame.settings.settings) {
    if (setting.id != 4) continue;  // SETTINGS_INITIAL_WINDOW_SIZE
    const int64_t change = setting.value - client_initial_window_;
    client_initial_window_ = setting.value;
    for (auto& [id, stream] : streams_) stream.receive_window += change;
  }
}

void PeerView::ApplyAcknowledged(const SettingsFrame& frame) {
  any_acknowledged_ = true;
  for (const Setting& setting : frame.settings) {
    if (setting.id == 3) {  // SETTINGS_MAX_CONCURRENT_STREAMS
      max_concurrent_ = setting.value;
      highest_limit_ = std::max(highest_limit_, max_concurrent_);
    } else if (setting.id == 4) {  // SETTINGS_INITIAL_WINDOW_SIZE
      const int64_t change = static_cast<int64_t>(setting.value) -
                             static_cast<int64_t>(initial_window_);
      initial_window_ = setting.value;
      for (auto& [id, stream] : streams_) stream.send_window += change;
    }
  }
}

void PeerView::OnWindowUpdate(const WrittenFrame& frame) {
  if (frame.stream_id == 0) {
    receive_window_ += frame.increment;
    Require(receive_window_ <= kMaxWindow, "the connection's window overflows");
    return;
  }
  Stream* stream = FindKnown(frame.stream_id);
  Require(!stream->client_reset, "WINDOW_UPDATE after RST_STREAM");
  stream->receive_window += frame.increment;
  Require(stream->receive_window <= kMaxWindow, "a stream's window overflows");
}

}  // namespace loopy
