#ifndef LOOPY_TRANSPORT_CONTROL_OUTBOUND_STREAM_H_
#define LOOPY_TRANSPORT_CONTROL_OUTBOUND_STREAM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "transport/base/intrusive_list.h"
#include "transport/base/slice.h"
#include "transport/flow/send_window.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// Is told what the loopy writer did with a stream. Called on the writer's
// thread, no lock held; lives as long as the OutboundStream.
class OutboundObserver {
 public:
  virtual ~OutboundObserver() = default;

  // The request headers are about to be written. False: the stream has ended
  // meanwhile, and they are not.
  virtual bool OnOpening() = 0;

  // `n` bytes of messages became part of a write: they no longer count against
  // the write quota. Not called for the stream's last ones, behind which nobody
  // waits.
  virtual void OnBytesDequeued(size_t n) = 0;
};

// What the control buffer and the loopy writer know of a stream.
//
// Threads: every group of fields below has one owner. Lifetime: shared by the
// stream, the items about it and, while it is open, the loopy writer.
struct OutboundStream {
  explicit OutboundStream(OutboundObserver* o) : observer(o) {}

  OutboundObserver* const observer;

  // ---- The connection's, until its OpenStream item is put; constant after.
  uint32_t id = 0;
  HeaderList request_headers;

  // ---- The control buffer's, under its lock: window updates, merged.
  struct PendingUpdates {
    bool queued = false;
    uint32_t to_peer = 0;    // our WINDOW_UPDATE's increment
    uint64_t from_peer = 0;  // sum of the peer's increments
  } updates;

  // ---- The loopy writer's.
  //
  //   kNew --OpenStream--> kOpen --END_STREAM written--> kHalfClosed
  //     |                    |                               |
  //     +----CloseStream-----+----------CloseStream----------+--> kClosed
  enum class State { kNew, kOpen, kHalfClosed, kClosed };
  State state = State::kNew;
  // Keeps the stream alive while the writer has it in a list.
  std::shared_ptr<OutboundStream> self;
  SliceBuffer queue;        // DATA payload not yet in a frame
  bool end_stream = false;  // END_STREAM follows the queue
  SendWindow window;
  // The active list's: bytes that the stream may send ahead of those that have
  // had their share, and what all streams had sent when it was last active.
  int64_t credit = 0;
  uint64_t sent_when_idle = 0;
  bool in_new_list = false;
  ListLinks<OutboundStream> open_links;
  ListLinks<OutboundStream> active_links;

  // ---- The loopy writer's to write, anybody's to read.
  // The size of the request's header block; 0 until it is encoded.
  std::atomic<uint32_t> header_bytes{0};
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_OUTBOUND_STREAM_H_
