#include "transport/writer/stream_scheduler.h"

#include <algorithm>

namespace loopy {

void StreamScheduler::Activate(OutboundStream* stream) {
  const uint64_t sent_meanwhile = sent_ - stream->sent_when_idle_;
  const bool first_time =
      stream->sent_when_idle_ == 0 && stream->credit_ == 0;  // never active yet
  const int64_t share =
      first_time
          ? kQuantum
          : static_cast<int64_t>(std::min<uint64_t>(
                sent_meanwhile / (size_ + 1), static_cast<uint64_t>(kQuantum)));
  stream->credit_ = std::min(kQuantum, stream->credit_ + share);
  Add(stream, stream->credit_ > 0);
}

void StreamScheduler::Add(OutboundStream* stream, bool to_new) {
  stream->in_new_list_ = to_new;
  (to_new ? new_ : old_).PushBack(stream);
  ++size_;
}

OutboundStream* StreamScheduler::Next(bool old_may_send) {
  const bool old_can_send = old_may_send && !old_.empty();
  if (!new_.empty() && !(old_can_send && new_turns_ >= kNewTurnsPerOldTurn)) {
    ++new_turns_;
    return new_.front();
  }
  if (!old_can_send) return nullptr;
  new_turns_ = 0;
  return old_.front();
}

void StreamScheduler::EndTurn(OutboundStream* stream, size_t n,
                              bool still_active) {
  sent_ += n;
  const bool was_new = stream->in_new_list_;
  Remove(stream);
  if (was_new) stream->credit_ -= static_cast<int64_t>(n);
  if (still_active) Add(stream, was_new && stream->credit_ > 0);
}

void StreamScheduler::Remove(OutboundStream* stream) {
  if (!List::Contains(stream)) return;
  (stream->in_new_list_ ? new_ : old_).Remove(stream);
  --size_;
  stream->sent_when_idle_ = sent_;
}

}  // namespace loopy
