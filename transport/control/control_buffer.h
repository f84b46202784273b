#ifndef LOOPY_TRANSPORT_CONTROL_CONTROL_BUFFER_H_
#define LOOPY_TRANSPORT_CONTROL_CONTROL_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/optional.h"
#include "transport/base/http2_error.h"
#include "transport/base/intrusive_list.h"
#include "transport/base/mutex.h"
#include "transport/control/control_item.h"
#include "transport/control/outbound_stream.h"
#include "transport/wire/settings.h"

namespace loopy {

// The peer's SETTINGS that the writer has yet to apply and acknowledge, merged.
struct PeerSettingsUpdate {
  Settings settings;
  // The smallest header table since the last update. The encoder has to signal
  // it even if a larger one followed (RFC 7541 section 4.2).
  uint32_t smallest_header_table = 0;
  // The number of SETTINGS frames, each of which needs an ACK (RFC 9113 section
  // 6.5.3).
  uint32_t acks = 0;
};

// A ControlBatch is everything that the writer takes out of the control buffer
// at once.
struct ControlBatch {
  using StreamList =
      IntrusiveList<OutboundStream, &OutboundStream::buffer_links_>;

  ~ControlBatch() { Clear(); }

  std::vector<ControlItem> items;
  // Streams that have work for the writer, in the order in which they got it.
  StreamList streams;
  struct Reset {
    uint32_t stream_id = 0;
    Http2ErrorCode code = Http2ErrorCode::kNoError;
  };

  std::vector<uint64_t> ping_acks;
  bool are_ping_acks_due = false;  // they wait for nothing else
  std::vector<Reset> resets;
  absl::optional<PeerSettingsUpdate> peer_settings;
  uint32_t connection_to_peer = 0;
  bool is_update_due = false;  // connection_to_peer waits for nothing else
  uint64_t connection_from_peer = 0;
  // A thread with calls has put something while another one was the writer.
  bool crowded = false;

  // Returns whether something is to be written: more than an update of the
  // connection and an ACK that are not due.
  bool HasFrames() const;
  bool NeedsWriter() const { return HasFrames() || connection_from_peer != 0; }
  void Clear();
  // Moves everything out of `other`, but what is not due only if this batch
  // `is_written`. Requires an empty batch.
  void TakeFrom(ControlBatch* other, bool is_written);
  // Takes the first of `streams` out. Returns null if there is none.
  std::shared_ptr<OutboundStream> TakeStream();
};

// Everybody puts work for the loopy writer here, and the loopy writer alone
// takes it (grpc-go: controlBuffer). The buffer also decides which thread is
// the writer: MaybeBecomeWriter() takes that role, and Take() gives it up.
//
//   buffer.Put(SendPing{1});               // any thread
//   buffer.PutStream(stream);              // an OutboundStream puts itself
//   if (buffer.MaybeBecomeWriter()) {      // true on one thread at a time
//     while (buffer.Take(more, &batch)) { ... write ... }
//   }
//
// The buffer is bounded by merging, not by making the reader wait: what the
// peer causes has one entry, or a cap (contract, 5). PeerLimits bounds the
// ACKs. A stream is linked here once, however much it has queued, and unlinks
// itself when it ends before its headers are written (contract, 8).
//
// Threads: any. Its lock is the innermost one.
class ControlBuffer {
 public:
  // At most this many resets of ended streams wait.
  static constexpr size_t kMaxResets = 64;

  void Put(ControlItem item);

  // Adds a stream that is not in the buffer.
  void PutStream(std::shared_ptr<OutboundStream> stream);
  // Takes the stream out. Returns null if the writer has taken it.
  std::shared_ptr<OutboundStream> RemoveStream(OutboundStream* stream);

  // Adds to the connection's WINDOW_UPDATE for the peer. It goes out with what
  // is written next; with `enough` bytes in all, by itself. A write of its own
  // costs both ends a system call.
  void PutConnectionUpdate(uint32_t increment, uint32_t enough);
  // Adds to the peer's WINDOW_UPDATE of the connection.
  void PutConnectionUpdateFromPeer(uint32_t increment);

  // `settings` are the peer's current ones. The writer applies them, then
  // writes an ACK.
  void PutPeerSettings(const Settings& settings);
  void PutPingAck(uint64_t opaque);
  // Puts an ACK that goes out with what is written next. If another one waits
  // already, both are due; then this returns false.
  bool PutPingAckForNextWrite(uint64_t opaque);
  // Makes the ACK that waits for the next write due. Returns false if there is
  // none.
  bool StopPingAckWait();
  // Returns the number of ACKs, of PINGs and SETTINGS, that wait to be written.
  size_t waiting_acks();

  // Puts RST_STREAM for a stream that has ended, on which the peer breaks a
  // rule. It is dropped when kMaxResets wait.
  void PutReset(uint32_t stream_id, Http2ErrorCode code);

  // Returns true if there is something to write and nobody is the writer; now
  // the caller is. After a Put and this call, every item has a writer. A caller
  // that `has_calls` is one of the application's threads, not the reader.
  bool MaybeBecomeWriter(bool has_calls = false);

  // Clears `batch`, and moves everything into it. Only the writer calls this.
  // If there is nothing, and the writer has no `more` to do by itself, it gives
  // up the role and this returns false.
  bool Take(bool more, ControlBatch* batch);

 private:
  Mutex mu_{LockRank::kControlBuffer};
  bool has_writer_ ABSL_GUARDED_BY(mu_) = false;
  bool writer_has_calls_ ABSL_GUARDED_BY(mu_) = false;
  bool crowded_ ABSL_GUARDED_BY(mu_) = false;  // since the last Take
  // Its vectors are swapped with those of the batch that is taken, so nothing
  // is allocated once both have grown.
  ControlBatch pending_ ABSL_GUARDED_BY(mu_);
  uint64_t batch_ ABSL_GUARDED_BY(mu_) = 1;  // the number of the pending one
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_CONTROL_BUFFER_H_
