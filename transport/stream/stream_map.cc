#include "transport/stream/stream_map.h"

#include <algorithm>
#include <utility>

namespace loopy {

void StreamMap::Open(StreamPtr stream) {
  const uint32_t id = next_id_;
  next_id_ += 2;
  stream->outbound()->id = id;
  open_.emplace(id, std::move(stream));
}

void StreamMap::Wait(StreamPtr stream) {
  stream->waiting_ticket = next_ticket_;
  waiting_.emplace(next_ticket_++, std::move(stream));
}

StreamMap::StreamPtr StreamMap::OpenNextWaiting() {
  if (waiting_.empty() || !CanOpen()) return nullptr;
  StreamPtr stream = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  stream->waiting_ticket = 0;
  Open(stream);
  return stream;
}

bool StreamMap::Remove(const Stream* stream) {
  if (stream->waiting_ticket != 0) {
    return waiting_.erase(stream->waiting_ticket) != 0;
  }
  return open_.erase(stream->id()) != 0;
}

StreamMap::StreamPtr StreamMap::Find(uint32_t id) const {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : found->second;
}

std::vector<StreamMap::StreamPtr> StreamMap::OpenStreams() const {
  std::vector<StreamPtr> streams;
  streams.reserve(open_.size());
  for (const auto& entry : open_) streams.push_back(entry.second);
  return streams;
}

std::vector<StreamMap::StreamPtr> StreamMap::TakeAbove(uint32_t id) {
  std::vector<StreamPtr> streams;
  for (const auto& entry : open_) {
    if (entry.first > id) streams.push_back(entry.second);
  }
  for (const StreamPtr& stream : streams) open_.erase(stream->id());
  std::sort(
      streams.begin(), streams.end(),
      [](const StreamPtr& a, const StreamPtr& b) { return a->id() < b->id(); });
  for (StreamPtr& stream : TakeWaiting()) streams.push_back(std::move(stream));
  return streams;
}

std::vector<StreamMap::StreamPtr> StreamMap::TakeWaiting() {
  std::vector<StreamPtr> streams;
  streams.reserve(waiting_.size());
  for (auto& entry : waiting_) streams.push_back(std::move(entry.second));
  waiting_.clear();
  return streams;
}

}  // namespace loopy
