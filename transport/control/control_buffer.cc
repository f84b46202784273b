#include "transport/control/control_buffer.h"

#include <algorithm>
#include <utility>

namespace loopy {

bool ControlBatch::HasFrames() const {
  return !items.empty() || !streams.empty() || are_ping_acks_due ||
         !resets.empty() || peer_settings.has_value() || is_update_due;
}

void ControlBatch::Clear() {
  items.clear();
  while (TakeStream() != nullptr) {
  }
  ping_acks.clear();
  are_ping_acks_due = false;
  resets.clear();
  peer_settings.reset();
  connection_to_peer = 0;
  is_update_due = false;
  connection_from_peer = 0;
}

void ControlBatch::TakeFrom(ControlBatch* other, bool is_written) {
  items.swap(other->items);
  streams.TakeFrom(&other->streams);
  resets.swap(other->resets);
  if (other->peer_settings.has_value())
    peer_settings.swap(other->peer_settings);
  connection_from_peer = std::exchange(other->connection_from_peer, 0);
  if (!is_written) return;
  ping_acks.swap(other->ping_acks);
  are_ping_acks_due = std::exchange(other->are_ping_acks_due, false);
  connection_to_peer = std::exchange(other->connection_to_peer, 0);
  is_update_due = std::exchange(other->is_update_due, false);
}

std::shared_ptr<OutboundStream> ControlBatch::TakeStream() {
  if (streams.empty()) return nullptr;
  OutboundStream* const stream = streams.front();
  streams.Remove(stream);
  return std::move(stream->buffer_self_);
}

void ControlBuffer::Put(ControlItem item) {
  MutexLock lock(&mu_);
  pending_.items.push_back(std::move(item));
}

void ControlBuffer::PutStream(std::shared_ptr<OutboundStream> stream) {
  MutexLock lock(&mu_);
  OutboundStream* const link = stream.get();
  link->buffer_self_ = std::move(stream);
  link->buffer_batch_ = batch_;
  pending_.streams.PushBack(link);
}

std::shared_ptr<OutboundStream> ControlBuffer::RemoveStream(
    OutboundStream* stream) {
  MutexLock lock(&mu_);
  // The links of a batch that was taken belong to the writer.
  if (stream->buffer_batch_ != batch_) return nullptr;
  pending_.streams.Remove(stream);
  return std::move(stream->buffer_self_);
}

void ControlBuffer::PutConnectionUpdate(uint32_t increment, uint32_t enough) {
  MutexLock lock(&mu_);
  pending_.connection_to_peer += increment;
  pending_.is_update_due |= pending_.connection_to_peer >= std::max(enough, 1u);
}

void ControlBuffer::PutConnectionUpdateFromPeer(uint32_t increment) {
  MutexLock lock(&mu_);
  pending_.connection_from_peer += increment;
}

void ControlBuffer::PutPeerSettings(const Settings& settings) {
  MutexLock lock(&mu_);
  if (!pending_.peer_settings.has_value()) {
    pending_.peer_settings.emplace();
    pending_.peer_settings->smallest_header_table = settings.header_table_size;
  }
  PeerSettingsUpdate& update = *pending_.peer_settings;
  update.settings = settings;
  update.smallest_header_table =
      std::min(update.smallest_header_table, settings.header_table_size);
  ++update.acks;
}

void ControlBuffer::PutPingAck(uint64_t opaque) {
  MutexLock lock(&mu_);
  pending_.ping_acks.push_back(opaque);
  pending_.are_ping_acks_due = true;
}

bool ControlBuffer::PutPingAckForNextWrite(uint64_t opaque) {
  MutexLock lock(&mu_);
  pending_.are_ping_acks_due |= !pending_.ping_acks.empty();
  pending_.ping_acks.push_back(opaque);
  return !pending_.are_ping_acks_due;
}

bool ControlBuffer::StopPingAckWait() {
  MutexLock lock(&mu_);
  if (pending_.ping_acks.empty() || pending_.are_ping_acks_due) return false;
  pending_.are_ping_acks_due = true;
  return true;
}

size_t ControlBuffer::waiting_acks() {
  MutexLock lock(&mu_);
  const uint32_t of_settings =
      pending_.peer_settings.has_value() ? pending_.peer_settings->acks : 0;
  return pending_.ping_acks.size() + of_settings;
}

void ControlBuffer::PutReset(uint32_t stream_id, Http2ErrorCode code) {
  MutexLock lock(&mu_);
  if (pending_.resets.size() < kMaxResets) {
    pending_.resets.push_back({stream_id, code});
  }
}

bool ControlBuffer::MaybeBecomeWriter(bool has_calls) {
  MutexLock lock(&mu_);
  if (!pending_.NeedsWriter()) return false;
  if (has_writer_) {
    crowded_ |= has_calls && writer_has_calls_;
    return false;
  }
  has_writer_ = true;
  writer_has_calls_ = has_calls;
  return true;
}

bool ControlBuffer::Take(bool more, ControlBatch* batch) {
  batch->Clear();
  MutexLock lock(&mu_);
  batch->crowded = std::exchange(crowded_, false);
  const bool writes = more || pending_.HasFrames();
  if (!writes && pending_.connection_from_peer == 0) {
    has_writer_ = false;
    return false;
  }
  batch->TakeFrom(&pending_, /*is_written=*/writes);
  ++batch_;
  return true;
}

}  // namespace loopy
