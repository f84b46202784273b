#ifndef LOOPY_TRANSPORT_WRITER_STREAM_SCHEDULER_H_
#define LOOPY_TRANSPORT_WRITER_STREAM_SCHEDULER_H_

#include <cstddef>
#include <cstdint>

#include "transport/base/intrusive_list.h"
#include "transport/control/outbound_stream.h"

namespace loopy {

// Gives the streams that have data and stream window their turns to send a DATA
// frame. It has two lists, as FQ-CoDel has (RFC 8290 section 4.1): a stream
// that becomes active is in the new list until it has used up its credit, then
// in the old one. Within a list, turns go round robin.
//
//   scheduler.Activate(stream);
//   while (OutboundStream* stream = scheduler.Next(old_may_send)) {
//     size_t n = ... write one frame ...
//     scheduler.EndTurn(stream, n, /*still_active=*/...);
//   }
//
// Credit: a stream that was idle gets back its fair share of what the others
// sent meanwhile, up to kQuantum. So a call that sends little is always new,
// and one that sends all it can is new only at its start.
//
// No starvation: after kNewTurnsPerOldTurn turns of new streams an old one has
// its turn.
//
// Threads: the loopy writer's only. Does not own the streams.
class StreamScheduler {
 public:
  // Bytes that a stream may send ahead of those that have had their share.
  static constexpr int64_t kQuantum = 64 * 1024;
  static constexpr int kNewTurnsPerOldTurn = 16;

  // Adds a stream that is in neither list.
  void Activate(OutboundStream* stream);

  // The stream whose turn it is, or nullptr. With `old_may_send` false only new
  // streams have turns. The turn is ended by EndTurn or Remove.
  OutboundStream* Next(bool old_may_send);

  // The stream sent `n` bytes. Unless `still_active`, it leaves the lists.
  void EndTurn(OutboundStream* stream, size_t n, bool still_active);

  // Takes a stream out; harmless if it is in neither list.
  void Remove(OutboundStream* stream);

  // True if streams that have had their share wait for a turn.
  bool HasOld() const { return !old_.empty(); }

  // True if the stream whose turn it is is not the only one.
  bool HasOthers() const { return size_ > 1; }

  // True if Next(old_may_send) has an answer.
  bool CanSend(bool old_may_send) const {
    return !new_.empty() || (old_may_send && !old_.empty());
  }

  static bool IsActive(const OutboundStream* stream) {
    return List::Contains(stream);
  }
  // True if an active stream has credit left.
  static bool IsNew(const OutboundStream* stream) {
    return stream->in_new_list_;
  }
  static int64_t Credit(const OutboundStream* stream) {
    return stream->credit_;
  }

 private:
  using List = IntrusiveList<OutboundStream, &OutboundStream::links_>;

  void Add(OutboundStream* stream, bool to_new);

  List new_;
  List old_;
  size_t size_ = 0;
  int new_turns_ = 0;
  // Bytes sent by all streams so far.
  uint64_t sent_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_STREAM_SCHEDULER_H_
