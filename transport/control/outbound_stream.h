#ifndef LOOPY_TRANSPORT_CONTROL_OUTBOUND_STREAM_H_
#define LOOPY_TRANSPORT_CONTROL_OUTBOUND_STREAM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/connection_options.h"
#include "transport/base/http2_error.h"
#include "transport/base/intrusive_list.h"
#include "transport/base/mutex.h"
#include "transport/base/slice.h"
#include "transport/flow/send_window.h"
#include "transport/flow/write_quota.h"
#include "transport/hpack/header_list.h"

namespace loopy {

class ControlBuffer;
class OutboundStream;

// An OutboundObserver is the stream whose sending half an OutboundStream is.
class OutboundObserver {
 public:
  virtual ~OutboundObserver() = default;

  // Returns a reference that keeps the OutboundStream alive. May be called
  // under its lock.
  virtual std::shared_ptr<OutboundStream> ShareOutbound() = 0;

  // The message for which PutMessage returned kWaits is accepted. Called with
  // no lock held, on the thread that freed the quota or opened the stream; not
  // after Close.
  virtual void OnMessageAccepted() = 0;
};

// An OutboundStream is the sending half of a stream: what a call has queued for
// the loopy writer, and the writer's state of the stream.
//
//   stream->SetRequest(headers, deadline, now);   // the call, before Open
//   stream->PutMessage(bytes, end, buffer_hint);  // the call, also before Open
//   stream->Open();                   // the connection: the stream has its id
//   work = stream->TakeWork();        // the writer
//   data = stream->TakeData(n, &out); // the writer
//   written = stream->Close(reset, peer_ended);
//
// Bytes stay here until the writer puts them into a frame. The control buffer
// holds no more than a link to the stream. So Close frees all that is queued,
// and takes a stream that was never written out of the buffer, also while a
// write is stuck (contract, 8).
//
// Threads: any; the fields of the writer are the loopy writer's alone.
// Lifetime: shared by the stream, the control buffer while it is linked there,
// and the loopy writer while the stream is open.
class OutboundStream {
 public:
  // The outcome of an operation to send.
  enum class Send {
    kAccepted,  // done: the stream is open, and a message fits into the quota
    kWaits,     // waits for Open or the quota; OnMessageAccepted follows
    kEnded      // the stream is closed, and what was to be sent is dropped
  };

  // The work that the writer has to do for the stream.
  struct Work {
    bool open = false;           // write the request headers
    bool end_of_stream = false;  // write END_STREAM; no DATA goes before it
    bool has_data = false;       // TakeData has something
    uint32_t to_peer = 0;        // write WINDOW_UPDATE
    uint64_t from_peer = 0;      // apply the peer's WINDOW_UPDATEs
    bool closed = false;         // forget the stream
    absl::optional<Http2ErrorCode> reset;  // write RST_STREAM
    bool peer_ended = false;  // ... but only if END_STREAM was not written
  };

  // The payload of one DATA frame.
  struct Data {
    size_t size = 0;
    bool end_stream = false;
    bool more = false;  // there is more to take
  };

  OutboundStream(ControlBuffer* buffer, OutboundObserver* observer,
                 size_t write_quota = ConnectionOptions().write_quota)
      : buffer_(buffer), observer_(observer), write_quota_(write_quota) {}

  // ---- For the call

  // Called once, before Open. The grpc-timeout becomes what is left of the
  // deadline when the headers are written.
  void SetRequest(HeaderList headers, absl::Time deadline, absl::Time now);

  // Queues a message. With `buffer_hint` (GRPC_WRITE_BUFFER_HINT) it may wait
  // for what is put next, unless it exceeds the write quota. One message may
  // wait at a time. The last one, with `end_stream`, waits for Open only.
  Send PutMessage(SliceBuffer bytes, bool end_stream, bool buffer_hint);
  // Ends the stream's sending half. Harmless after the last message.
  Send PutEndOfStream();
  // Puts WINDOW_UPDATE for the peer. Updates add up until the writer takes
  // them.
  void PutWindowUpdate(uint32_t increment);

  // ---- For the reader

  // A WINDOW_UPDATE of the peer arrived.
  void OnWindowUpdate(uint32_t increment);

  // ---- For the connection

  // The stream has its id. Called in the order of the ids: headers are written
  // in the order of these calls.
  void Open();
  // Calls OnMessageAccepted, if Open accepted a message that waited.
  void NotifyOpened();
  // Drops what is queued. Later calls do nothing. A peer that knows the stream
  // gets RST_STREAM with `reset`, unless both sides had ended it (`peer_ended`
  // says that the peer had). Returns true if the writer had taken the headers,
  // so that the peer may know the stream; otherwise it never will.
  bool Close(absl::optional<Http2ErrorCode> reset, bool peer_ended);

  // ---- For the loopy writer

  Work TakeWork();
  // Moves at most `limit` bytes to the end of `out`.
  Data TakeData(size_t limit, SliceBuffer* out);
  // Sets grpc-timeout to what is left of the deadline. Called between TakeWork
  // and the writing of the headers.
  void UpdateTimeout(absl::Time now);

  // The connection writes it before Open; constant afterwards.
  uint32_t id = 0;
  // Constant from SetRequest on. TakeWork gives them to the writer; Close
  // clears them if it comes first.
  HeaderList request_headers;
  // The size of the request's header block; 0 until it is encoded. The writer
  // writes it, any thread reads it.
  std::atomic<uint32_t> header_bytes{0};

  //   kNew --headers written--> kOpen --END_STREAM written--> kHalfClosed
  //     |                         |                               |
  //     +-------closed------------+-------------closed------------+--> kClosed
  enum class State { kNew, kOpen, kHalfClosed, kClosed };
  State state = State::kNew;
  // Keeps the stream alive while the writer has it in a list.
  std::shared_ptr<OutboundStream> self;
  bool has_data = false;  // the last value of Work or Data
  SendWindow window;
  // The active list's: bytes that the stream may send ahead of those that have
  // had their share, and what all streams had sent when it was last active.
  int64_t credit = 0;
  uint64_t sent_when_idle = 0;
  bool in_new_list = false;
  ListLinks<OutboundStream> open_links;
  ListLinks<OutboundStream> active_links;

  // ---- For the control buffer, under its lock, until the stream is taken
  ListLinks<OutboundStream> buffer_links;
  std::shared_ptr<OutboundStream> buffer_self;
  uint64_t buffer_batch = 0;  // the batch that it is in

 private:
  // Lets the writer know that there is work.
  void LinkLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns whether a message that waited is accepted now.
  bool MaybeAcceptLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  ControlBuffer* const buffer_;
  OutboundObserver* const observer_;

  Mutex mu_{LockRank::kOutboundStream};
  bool linked_ ABSL_GUARDED_BY(mu_) = false;
  bool opened_ ABSL_GUARDED_BY(mu_) = false;
  bool headers_taken_ ABSL_GUARDED_BY(mu_) = false;
  bool closed_ ABSL_GUARDED_BY(mu_) = false;

  SliceBuffer queue_ ABSL_GUARDED_BY(mu_);
  bool held_by_hint_ ABSL_GUARDED_BY(mu_) = false;
  bool end_put_ ABSL_GUARDED_BY(mu_) = false;
  bool end_taken_ ABSL_GUARDED_BY(mu_) = false;
  WriteQuota write_quota_ ABSL_GUARDED_BY(mu_);
  bool message_waits_ ABSL_GUARDED_BY(mu_) = false;
  bool notify_opened_ ABSL_GUARDED_BY(mu_) = false;

  uint32_t to_peer_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t from_peer_ ABSL_GUARDED_BY(mu_) = 0;

  absl::optional<Http2ErrorCode> reset_ ABSL_GUARDED_BY(mu_);
  bool peer_ended_ ABSL_GUARDED_BY(mu_) = false;

  absl::Time deadline_ = absl::InfiniteFuture();  // constant from SetRequest
  absl::Time started_at_ = absl::InfinitePast();  // likewise
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_OUTBOUND_STREAM_H_
