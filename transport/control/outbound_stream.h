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
#include "transport/control/writer_progress.h"
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

// The loopy writer's own state of a stream. It lies in the stream, so that the
// writer needs no map and no allocation. Only the classes of writer/ can touch
// it, and they have no lock: they run on the thread that has the role of the
// writer.
class WriterStreamState {
 private:
  friend class LoopyWriter;
  friend class StreamScheduler;

  //   kNew --headers written--> kOpen --END_STREAM written--> kHalfClosed
  //     |                         |                               |
  //     +-------closed------------+----closed, not by both sides--+--> kClosed
  enum class State { kNew, kOpen, kHalfClosed, kClosed };

  // ---- LoopyWriter's.
  State state_ = State::kNew;
  // Keeps the stream alive while the writer has it in a list.
  std::shared_ptr<OutboundStream> self_;
  bool has_data_ = false;  // as Work and Data said last
  SendWindow window_;
  ListLinks<OutboundStream> open_links_;

  // ---- StreamScheduler's.
  // The stream may send so many bytes ahead of those that have had their share.
  int64_t credit_ = 0;
  // All streams together had sent this when the stream was active last.
  uint64_t sent_when_idle_ = 0;
  bool in_new_list_ = false;
  ListLinks<OutboundStream> links_;
};

// The control buffer's state of a stream, under its lock until the stream is
// taken.
class BufferStreamState {
 private:
  friend class ControlBuffer;
  friend struct ControlBatch;

  ListLinks<OutboundStream> buffer_links_;
  std::shared_ptr<OutboundStream> buffer_self_;
  uint64_t buffer_batch_ = 0;  // the batch that it goes with
};

// An OutboundStream is the sending half of a stream: it holds what a call has
// queued for the loopy writer.
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
// Threads: any, but for the methods that are the loopy writer's. Lifetime:
// shared by the stream, the control buffer while it is linked there, and the
// loopy writer until END_STREAM is written.
class OutboundStream : public WriterStreamState, public BufferStreamState {
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
    // What is left of a large message is within the quota: it is accepted when
    // it is written.
    bool completes_large_message = false;
  };

  // How far the stream is, for those who ask what its call waits for.
  struct Queued {
    absl::Time started_at;
    bool opened = false;
    bool headers_taken = false;  // the writer has them
    bool end_taken = false;      // and END_STREAM
    size_t bytes = 0;            // of messages that the writer may take
  };

  // A message of this size is accepted when all of it is written (see
  // MessagesInWrite). malloc keeps the memory of smaller ones.
  static constexpr size_t kLargeMessage = 128 * 1024;

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

  // ---- For anyone

  Queued queued();
  // Accepts a message that waits, if it is within the quota.
  void AcceptMessage();
  // A write has ended. Accepts a message that waits, unless part of it is still
  // queued: returns false then.
  bool AcceptWrittenMessage();

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
  // The writer's.
  StreamProgress progress;

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
  bool message_is_large_ ABSL_GUARDED_BY(mu_) = false;
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
