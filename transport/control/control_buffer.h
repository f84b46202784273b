#ifndef LOOPY_TRANSPORT_CONTROL_CONTROL_BUFFER_H_
#define LOOPY_TRANSPORT_CONTROL_CONTROL_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/types/optional.h"
#include "transport/base/http2_error.h"
#include "transport/base/mutex.h"
#include "transport/control/control_item.h"
#include "transport/control/outbound_stream.h"
#include "transport/wire/settings.h"

namespace loopy {

// The peer's SETTINGS that the writer has yet to apply and acknowledge, merged.
struct PeerSettingsUpdate {
  Settings settings;
  // The smallest header table asked for since the last update: it has to be
  // signalled even if a larger one followed (RFC 7541 section 4.2).
  uint32_t smallest_header_table = 0;
  // One ACK a SETTINGS frame (RFC 9113 section 6.5.3).
  uint32_t acks = 0;
};

// What the writer takes out of the control buffer at once.
struct ControlBatch {
  struct StreamUpdate {
    std::shared_ptr<OutboundStream> stream;
    uint32_t to_peer = 0;
    uint64_t from_peer = 0;
  };

  std::vector<ControlItem> items;
  std::vector<StreamUpdate> stream_updates;
  std::vector<uint64_t> ping_acks;
  absl::optional<PeerSettingsUpdate> peer_settings;
  uint32_t connection_to_peer = 0;
  uint64_t connection_from_peer = 0;

  bool empty() const;
  void Clear();
  // Requires an empty batch; `other` is empty afterwards.
  void TakeFrom(ControlBatch* other);
};

// What everybody puts items into, and the loopy writer alone takes them out of
// (grpc-go: controlBuffer). It also says whose turn it is to write: the role of
// the writer is taken by MaybeBecomeWriter() and given back by Take().
//
//   buffer.Put(OpenStream{stream});        // any thread
//   buffer.PutStreamUpdate(stream, 4096);
//   if (buffer.MaybeBecomeWriter()) {      // true on one thread at a time
//     while (buffer.Take(more, &batch)) { ... write ... }
//   }
//
// Bounded by merging, not by making the reader wait: what the peer causes has
// one slot a stream, or a cap (contract, 5). Items of ours are bounded by the
// write quota and the number of streams.
//
// Threads: any. Its lock is the innermost one.
class ControlBuffer {
 public:
  // A peer's PINGs, or SETTINGS, that wait for their ACK. A peer with more
  // than these sends them faster than it reads: ENHANCE_YOUR_CALM.
  static constexpr size_t kMaxPingAcks = 64;
  static constexpr uint32_t kMaxSettingsAcks = 64;

  void Put(ControlItem item);

  // WINDOW_UPDATEs for the peer: merged into one a stream, and one for the
  // connection.
  void PutConnectionUpdate(uint32_t increment);
  void PutStreamUpdate(const std::shared_ptr<OutboundStream>& stream,
                       uint32_t increment);

  // WINDOW_UPDATEs that came from the peer.
  void PutConnectionUpdateFromPeer(uint32_t increment);
  void PutStreamUpdateFromPeer(const std::shared_ptr<OutboundStream>& stream,
                               uint32_t increment);

  // The peer's settings as they are now: to be applied, then acknowledged.
  Http2Error PutPeerSettings(const Settings& settings);
  Http2Error PutPingAck(uint64_t opaque);

  // True: there is something to take and nobody is the writer; now the caller
  // is. Put and this together never leave an item without a writer.
  bool MaybeBecomeWriter();

  // The writer's: moves everything into `batch` (cleared before). When there is
  // nothing, and the writer has no `more` to do of its own, it ceases to be the
  // writer: false.
  bool Take(bool more, ControlBatch* batch);

 private:
  void AddUpdateLocked(const std::shared_ptr<OutboundStream>& stream,
                       uint32_t to_peer, uint32_t from_peer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Mutex mu_;
  bool has_writer_ ABSL_GUARDED_BY(mu_) = false;
  // Its vectors and the taken batch's change places: no allocation once both
  // have grown.
  ControlBatch pending_ ABSL_GUARDED_BY(mu_);
  std::vector<std::shared_ptr<OutboundStream>> updated_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_CONTROL_BUFFER_H_
