#include "transport/connection/connection_streams.h"

#include <utility>

#include "transport/connection/settings_exchange.h"

namespace loopy {

ConnectionStreams::ConnectionStreams(const ConnectionOptions& options)
    : initial_window_(options.stream_window),
      rejects_above_limit_(options.rejects_streams_above_limit),
      window_(options.stream_window) {
  map_.set_next_id(options.first_stream_id);
  map_.set_max_concurrent(SettingsExchange::kMaxConcurrentBeforeSettings);
}

ConnectionStreams::Opening ConnectionStreams::Open(
    const StreamPtr& stream, const absl::Status& request) {
  Opening opening;
  MutexLock lock(&mu_);
  opening.refusal = RefusalLocked();
  if (!opening.refusal.ok() || !request.ok()) return opening;
  if (map_.CanOpen() && !map_.has_waiting()) {
    map_.Open(stream);
    OpenLocked(stream);
    opening.outcome = OutboundStream::Send::kAccepted;
  } else {
    map_.Wait(stream);
    opening.outcome = OutboundStream::Send::kWaits;
  }
  opening.ids_used_up = map_.ShouldDrain();
  return opening;
}

absl::Status ConnectionStreams::RefusalLocked() const {
  if (!refusal_.ok() || !rejects_above_limit_ || map_.CanOpen()) {
    return refusal_;
  }
  return absl::ResourceExhaustedError("Too many streams");
}

void ConnectionStreams::OpenLocked(const StreamPtr& stream) {
  // Under the lock, so that HEADERS go out in the order of their ids, and no
  // change of the window is missed.
  if (window_ != initial_window_) stream->StartReceiveWindow(window_);
  stream->outbound()->Open();
}

std::vector<ConnectionStreams::StreamPtr>
ConnectionStreams::OpenWaitingLocked() {
  std::vector<StreamPtr> opened;
  while (StreamPtr stream = map_.OpenNextWaiting()) {
    OpenLocked(stream);
    opened.push_back(std::move(stream));
  }
  return opened;
}

ConnectionStreams::Removal ConnectionStreams::Remove(const Stream* stream) {
  Removal removal;
  std::vector<StreamPtr> opened;
  {
    MutexLock lock(&mu_);
    map_.Remove(stream);
    ++ended_;
    // The ended stream's RST_STREAM goes first, as it was linked before: the
    // peer must not see one stream more than it allows.
    opened = OpenWaitingLocked();
    removal.ids_used_up = map_.has_waiting() && map_.ShouldDrain();
    removal.was_last = map_.size() == 0;
  }
  for (const StreamPtr& next : opened) next->OnOpened();
  return removal;
}

bool ConnectionStreams::SetMaxConcurrent(uint32_t max) {
  std::vector<StreamPtr> opened;
  bool ids_used_up = false;
  {
    MutexLock lock(&mu_);
    map_.set_max_concurrent(max);
    opened = OpenWaitingLocked();
    ids_used_up = map_.has_waiting() && map_.ShouldDrain();
  }
  for (const StreamPtr& stream : opened) stream->OnOpened();
  return ids_used_up;
}

void ConnectionStreams::SetReceiveWindow(uint32_t window) {
  std::vector<StreamPtr> streams;
  {
    MutexLock lock(&mu_);
    window_ = window;
    streams = map_.OpenStreams();
  }
  for (const StreamPtr& stream : streams) stream->SetReceiveWindow(window);
}

void ConnectionStreams::OnReceiveWindowAcked() {
  for (const StreamPtr& stream : OpenStreams()) stream->OnReceiveWindowAcked();
}

ConnectionStreams::StreamPtr ConnectionStreams::Find(uint32_t id,
                                                     bool* was_opened) {
  MutexLock lock(&mu_);
  *was_opened = map_.WasOpened(id);
  return map_.Find(id);
}

std::vector<ConnectionStreams::StreamPtr> ConnectionStreams::OpenStreams() {
  MutexLock lock(&mu_);
  return map_.OpenStreams();
}

size_t ConnectionStreams::size() {
  MutexLock lock(&mu_);
  return map_.size();
}

uint32_t ConnectionStreams::max_concurrent() {
  MutexLock lock(&mu_);
  return map_.max_concurrent();
}

uint64_t ConnectionStreams::ended() {
  MutexLock lock(&mu_);
  return ended_;
}

void ConnectionStreams::Refuse(absl::Status why) {
  MutexLock lock(&mu_);
  refusal_ = std::move(why);
}

std::vector<ConnectionStreams::StreamPtr> ConnectionStreams::TakeAbove(
    uint32_t id) {
  MutexLock lock(&mu_);
  return map_.TakeAbove(id);
}

std::vector<ConnectionStreams::StreamPtr> ConnectionStreams::TakeWaiting() {
  MutexLock lock(&mu_);
  return map_.TakeWaiting();
}

}  // namespace loopy
