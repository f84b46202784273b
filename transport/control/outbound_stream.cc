#include "transport/control/outbound_stream.h"

#include <algorithm>
#include <utility>

#include "transport/control/control_buffer.h"
#include "transport/control/grpc_timeout.h"

namespace loopy {

void OutboundStream::SetRequest(HeaderList headers, absl::Time deadline,
                                absl::Time now) {
  request_headers = std::move(headers);
  deadline_ = deadline;
  started_at_ = now;
}

OutboundStream::Send OutboundStream::PutMessage(SliceBuffer bytes,
                                                bool end_stream,
                                                bool buffer_hint) {
  MutexLock lock(&mu_);
  if (closed_) return Send::kEnded;
  message_is_large_ = bytes.size() >= kLargeMessage;
  const bool within_quota = write_quota_.Take(bytes.size());
  queue_.Append(&bytes);
  if (end_stream) end_put_ = true;
  held_by_hint_ = buffer_hint && within_quota && !end_stream;
  if (!held_by_hint_) LinkLocked();
  message_waits_ = !opened_ || (!within_quota && !end_stream);
  return message_waits_ ? Send::kWaits : Send::kAccepted;
}

OutboundStream::Send OutboundStream::PutEndOfStream() {
  bool accepted = false;
  bool opened = false;
  {
    MutexLock lock(&mu_);
    if (closed_) return Send::kEnded;
    opened = opened_;
    if (!end_put_) {
      end_put_ = true;
      held_by_hint_ = false;
      LinkLocked();
      accepted = MaybeAcceptLocked();
    }
  }
  if (accepted) observer_->OnMessageAccepted();
  return opened ? Send::kAccepted : Send::kWaits;
}

void OutboundStream::PutWindowUpdate(uint32_t increment) {
  if (increment == 0) return;
  MutexLock lock(&mu_);
  if (closed_) return;
  to_peer_ += increment;
  LinkLocked();
}

void OutboundStream::OnWindowUpdate(uint32_t increment) {
  MutexLock lock(&mu_);
  if (closed_) return;
  from_peer_ += increment;
  LinkLocked();
}

void OutboundStream::Open() {
  MutexLock lock(&mu_);
  if (closed_) return;
  opened_ = true;
  notify_opened_ = MaybeAcceptLocked();
  LinkLocked();
}

void OutboundStream::NotifyOpened() {
  {
    MutexLock lock(&mu_);
    if (closed_ || !std::exchange(notify_opened_, false)) return;
  }
  observer_->OnMessageAccepted();
}

bool OutboundStream::Close(absl::optional<Http2ErrorCode> reset,
                           bool peer_ended) {
  // This may hold the last reference to the stream, so it is released at the
  // end.
  std::shared_ptr<OutboundStream> unlinked;
  SliceBuffer dropped_bytes;
  HeaderList dropped_headers;
  MutexLock lock(&mu_);
  if (std::exchange(closed_, true)) return headers_taken_;
  dropped_bytes.Append(&queue_);
  message_waits_ = false;
  if (!headers_taken_) {
    dropped_headers = std::move(request_headers);
    if (linked_) unlinked = buffer_->RemoveStream(this);
    return false;
  }
  reset_ = reset;
  peer_ended_ = peer_ended;
  // The writer has let go of a stream whose END_STREAM it has. If the peer has
  // ended it as well, there is nothing to reset (RFC 9113 section 5.1).
  const bool writer_is_done = end_taken_ && (peer_ended || !reset.has_value());
  if (!writer_is_done) LinkLocked();
  return true;
}

OutboundStream::Queued OutboundStream::queued() {
  Queued queued;
  MutexLock lock(&mu_);
  queued.started_at = started_at_;
  queued.opened = opened_;
  queued.headers_taken = headers_taken_;
  queued.end_taken = end_taken_;
  queued.bytes = held_by_hint_ ? 0 : queue_.size();
  return queued;
}

OutboundStream::Work OutboundStream::TakeWork() {
  Work work;
  MutexLock lock(&mu_);
  linked_ = false;
  if (closed_) {
    work.closed = true;
    work.reset = reset_;
    work.peer_ended = peer_ended_;
    return work;
  }
  work.open = !std::exchange(headers_taken_, true);
  work.to_peer = std::exchange(to_peer_, 0);
  work.from_peer = std::exchange(from_peer_, 0);
  work.has_data = !queue_.empty() && !held_by_hint_;
  if (queue_.empty() && end_put_) {
    work.end_of_stream = !std::exchange(end_taken_, true);
  }
  return work;
}

OutboundStream::Data OutboundStream::TakeData(size_t limit, SliceBuffer* out) {
  Data data;
  bool accepted = false;
  {
    MutexLock lock(&mu_);
    if (closed_) return data;
    data.size = std::min(limit, queue_.size());
    queue_.MoveFirst(data.size, out);
    data.more = !queue_.empty();
    data.end_stream = end_put_ && !data.more;
    if (data.end_stream) end_taken_ = true;
    // No message waits behind the last bytes.
    if (!data.end_stream && write_quota_.GiveBack(data.size)) {
      data.completes_large_message = message_waits_ && message_is_large_;
      accepted = !data.completes_large_message && MaybeAcceptLocked();
    }
  }
  if (accepted) observer_->OnMessageAccepted();
  return data;
}

void OutboundStream::AcceptMessage() {
  bool accepted = false;
  {
    MutexLock lock(&mu_);
    accepted = !closed_ && MaybeAcceptLocked();
  }
  if (accepted) observer_->OnMessageAccepted();
}

bool OutboundStream::AcceptWrittenMessage() {
  bool accepted = false;
  {
    MutexLock lock(&mu_);
    if (closed_ || !message_waits_) return true;
    if (!queue_.empty()) return false;
    accepted = MaybeAcceptLocked();
  }
  if (accepted) observer_->OnMessageAccepted();
  return true;
}

void OutboundStream::UpdateTimeout(absl::Time now) {
  // A shorter wait changes nothing: gRPC rounds timeouts to milliseconds.
  constexpr absl::Duration kNoticeable = absl::Milliseconds(1);
  if (deadline_ == absl::InfiniteFuture() || now - started_at_ < kNoticeable) {
    return;
  }
  ReplaceGrpcTimeout(deadline_ - now, &request_headers);
}

void OutboundStream::LinkLocked() {
  if (linked_ || !opened_) return;
  linked_ = true;
  buffer_->PutStream(observer_->ShareOutbound());
}

bool OutboundStream::MaybeAcceptLocked() {
  if (!message_waits_ || !opened_) return false;
  if (!end_put_ && write_quota_.available() < 0) return false;
  message_waits_ = false;
  return true;
}

}  // namespace loopy
