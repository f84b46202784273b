#include "transport/writer/messages_in_write.h"

#include <utility>

namespace loopy {

bool MessagesInWrite::Add(std::weak_ptr<OutboundStream> stream) {
  added_ = true;
  MutexLock lock(&mu_);
  streams_.push_back(std::move(stream));
  return !std::exchange(waits_, true);
}

void MessagesInWrite::OnWriteEnded() {
  if (!std::exchange(added_, false)) return;
  Streams streams;
  {
    MutexLock lock(&mu_);
    streams.swap(streams_);
  }
  for (std::weak_ptr<OutboundStream>& weak : streams) {
    const std::shared_ptr<OutboundStream> stream = weak.lock();
    if (stream == nullptr || stream->AcceptWrittenMessage()) continue;
    MutexLock lock(&mu_);
    streams_.push_back(std::move(weak));
  }
}

void MessagesInWrite::OnWaitOver() {
  Streams streams;
  {
    MutexLock lock(&mu_);
    waits_ = false;
    streams.swap(streams_);
  }
  for (const std::weak_ptr<OutboundStream>& weak : streams) {
    const std::shared_ptr<OutboundStream> stream = weak.lock();
    if (stream != nullptr) stream->AcceptMessage();
  }
}

}  // namespace loopy
