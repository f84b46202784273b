#include "transport/control/control_buffer.h"

#include <algorithm>
#include <utility>

namespace loopy {

bool ControlBatch::empty() const {
  return items.empty() && stream_updates.empty() && ping_acks.empty() &&
         !peer_settings.has_value() && connection_to_peer == 0 &&
         connection_from_peer == 0;
}

void ControlBatch::Clear() {
  items.clear();
  stream_updates.clear();
  ping_acks.clear();
  peer_settings.reset();
  connection_to_peer = 0;
  connection_from_peer = 0;
}

void ControlBatch::TakeFrom(ControlBatch* other) {
  items.swap(other->items);
  stream_updates.swap(other->stream_updates);
  ping_acks.swap(other->ping_acks);
  if (other->peer_settings.has_value())
    peer_settings.swap(other->peer_settings);
  connection_to_peer = std::exchange(other->connection_to_peer, 0);
  connection_from_peer = std::exchange(other->connection_from_peer, 0);
}

void ControlBuffer::Put(ControlItem item) {
  MutexLock lock(&mu_);
  pending_.items.push_back(std::move(item));
}

void ControlBuffer::PutConnectionUpdate(uint32_t increment) {
  MutexLock lock(&mu_);
  pending_.connection_to_peer += increment;
}

void ControlBuffer::PutConnectionUpdateFromPeer(uint32_t increment) {
  MutexLock lock(&mu_);
  pending_.connection_from_peer += increment;
}

void ControlBuffer::PutStreamUpdate(
    const std::shared_ptr<OutboundStream>& stream, uint32_t increment) {
  MutexLock lock(&mu_);
  AddUpdateLocked(stream, increment, 0);
}

void ControlBuffer::PutStreamUpdateFromPeer(
    const std::shared_ptr<OutboundStream>& stream, uint32_t increment) {
  MutexLock lock(&mu_);
  AddUpdateLocked(stream, 0, increment);
}

void ControlBuffer::AddUpdateLocked(
    const std::shared_ptr<OutboundStream>& stream, uint32_t to_peer,
    uint32_t from_peer) {
  OutboundStream::PendingUpdates& updates = stream->updates;
  updates.to_peer += to_peer;
  updates.from_peer += from_peer;
  if (!updates.queued) {
    updates.queued = true;
    updated_.push_back(stream);
  }
}

Http2Error ControlBuffer::PutPeerSettings(const Settings& settings) {
  MutexLock lock(&mu_);
  if (!pending_.peer_settings.has_value()) {
    pending_.peer_settings.emplace();
    pending_.peer_settings->smallest_header_table = settings.header_table_size;
  }
  PeerSettingsUpdate& update = *pending_.peer_settings;
  update.settings = settings;
  update.smallest_header_table =
      std::min(update.smallest_header_table, settings.header_table_size);
  if (++update.acks > kMaxSettingsAcks) {
    return Http2Error::Connection(
        Http2ErrorCode::kEnhanceYourCalm,
        "the peer sends SETTINGS without reading their ACKs");
  }
  return Http2Error::Ok();
}

Http2Error ControlBuffer::PutPingAck(uint64_t opaque) {
  MutexLock lock(&mu_);
  if (pending_.ping_acks.size() >= kMaxPingAcks) {
    return Http2Error::Connection(
        Http2ErrorCode::kEnhanceYourCalm,
        "the peer sends PINGs without reading their ACKs");
  }
  pending_.ping_acks.push_back(opaque);
  return Http2Error::Ok();
}

bool ControlBuffer::MaybeBecomeWriter() {
  MutexLock lock(&mu_);
  if (has_writer_ || (pending_.empty() && updated_.empty())) return false;
  has_writer_ = true;
  return true;
}

bool ControlBuffer::Take(bool more, ControlBatch* batch) {
  batch->Clear();
  MutexLock lock(&mu_);
  if (pending_.empty() && updated_.empty()) {
    has_writer_ = more;
    return more;
  }
  batch->TakeFrom(&pending_);
  for (std::shared_ptr<OutboundStream>& stream : updated_) {
    const OutboundStream::PendingUpdates updates =
        std::exchange(stream->updates, {});
    batch->stream_updates.push_back(
        {std::move(stream), updates.to_peer, updates.from_peer});
  }
  updated_.clear();
  return true;
}

}  // namespace loopy
