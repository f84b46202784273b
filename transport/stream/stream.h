#ifndef LOOPY_TRANSPORT_STREAM_STREAM_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/http2_error.h"
#include "transport/base/mutex.h"
#include "transport/base/slice.h"
#include "transport/base/timeline.h"
#include "transport/control/outbound_stream.h"
#include "transport/flow/receive_window.h"
#include "transport/hpack/header_list.h"
#include "transport/stream/message_assembler.h"
#include "transport/stream/not_grpc_answer.h"
#include "transport/stream/response_check.h"
#include "transport/stream/stream_observer.h"
#include "transport/stream/stream_owner.h"
#include "transport/stream/wait.h"

namespace loopy {

// A Stream is one call's HTTP/2 stream, in both directions.
//
//   auto stream = connection->NewStream();
//   stream->Start(headers, deadline, observer);
//   switch (stream->SendMessage(message, /*end_stream=*/true)) ...
//   stream->Flush();
//   switch (stream->NextMessage(&message)) ...
//
// Its OutboundStream queues everything that it sends; no method waits for the
// socket. A stream ends once: by the peer, by Cancel or by its connection.
//
// Threads: the call's methods, the reader's and the writer's may run at the
// same time. Lifetime: shared; the connection holds it from Start to its end.
class Stream final : public std::enable_shared_from_this<Stream>,
                     public OutboundObserver {
 public:
  enum class Next {
    kMessage,
    kMessageThenWait,  // kMessage, and then kWait
    kWait,             // OnMessageReady follows, unless the stream ends first
    kEnd,              // the stream has ended, and there is none
    kBroken            // the message is an error: Cancel(message_error())
  };

  // After kWaits of Start and SendEndOfStream, OnOpened follows; after that of
  // SendMessage, OnMessageAccepted; unless the stream ends first.
  using Send = OutboundStream::Send;

  // `owner` keeps `buffer` and `clock` alive.
  Stream(std::shared_ptr<StreamOwner> owner, ControlBuffer* buffer,
         Clock* clock, const ConnectionOptions& options);

  // ---- For the call

  // Submits the request headers, at most once. The stream waits while the peer
  // allows no further stream.
  Send Start(HeaderList headers, absl::Time deadline,
             std::shared_ptr<StreamObserver> observer);

  // Sends a message. One may wait at a time. The last one, with `end_stream`,
  // does not wait for quota. With `buffer_hint` (GRPC_WRITE_BUFFER_HINT) it may
  // wait for the next message.
  Send SendMessage(Message message, bool end_stream, bool buffer_hint = false);
  // Ends the sending half. A message that waits for quota is accepted.
  Send SendEndOfStream();

  // Takes the next message, if it is whole. Calls no observer. With
  // `then_wait` it also waits for the one after that, unless there is one.
  Next NextMessage(Message* message, bool then_wait = false);
  // Returns why the next message is an error: it is malformed or too large, or
  // the peer ended the stream in the middle of it. Returns OK otherwise, and if
  // the peer ended it so with an error status, which says more: gRPC C++'s
  // server does that at a deadline. After a Cancel that dropped messages of a
  // stream that had ended, it is the cancel's status.
  absl::Status message_error();
  // Returns whether NextMessage would return kEnd.
  bool Drained() {
    MutexLock lock(&mu_);
    return state_ == State::kEnded && !assembler_.HasMessage();
  }

  // Ends the stream with `status`; harmless if it has ended. A peer that knows
  // the stream gets RST_STREAM with `reset`.
  void Cancel(absl::Status status,
              Http2ErrorCode reset = Http2ErrorCode::kCancel);

  Clock* clock() const { return clock_; }

  // Writes what the methods above have put.
  void Flush() { owner_->Flush(); }

  // ---- For the reader

  // `block_size` is the size of the header block that `headers` came in.
  void OnHeaders(const HeaderList& headers, bool end_stream,
                 size_t block_size = 0);
  // `flow_controlled_size` counts the payload and its padding. Returns how much
  // the peer may send beyond the limit of the stream's window: what is left of
  // a large message that the application waits for.
  uint32_t OnData(SliceBuffer* payload, uint32_t flow_controlled_size,
                  bool end_stream);
  void OnReset(Http2ErrorCode code);
  // The peer broke a rule of this stream.
  void OnError(const Http2Error& error);
  // The receive window of a stream that is not open yet is `window` bytes.
  void StartReceiveWindow(uint32_t window);
  // SETTINGS with this initial window were put, and were acknowledged.
  void SetReceiveWindow(uint32_t window);
  void OnReceiveWindowAcked();

  // ---- For the connection

  // Ends the stream without a frame to the peer. Corrects `processed` if the
  // headers were not written; they never will be. Returns false if the stream
  // had ended.
  bool Fail(absl::Status status, StreamEnd::Processed processed);
  OutboundStream* outbound() { return &outbound_; }
  // A stream that waited has a slot among the streams that the peer allows.
  void OnOpened();
  uint32_t id() const { return outbound_.id; }
  // The connection's position for it among the streams that wait to be opened.
  uint64_t waiting_ticket = 0;

  // ---- For anyone

  // What the call waits for now.
  Wait DescribeWait() { return DescribeWaitWith(UnreadBytes()); }

  // ---- OutboundObserver

  std::shared_ptr<OutboundStream> ShareOutbound() override {
    return std::shared_ptr<OutboundStream>(shared_from_this(), &outbound_);
  }
  void OnMessageAccepted() override;

 private:
  // The peer, too, ends a call at its deadline, by a reset. Its timer may be so
  // much earlier than ours.
  static constexpr absl::Duration kPeersEarly = absl::Milliseconds(10);

  //   kIdle --Start--> kOpen --first response--> kAnswered
  //     |                |                          |
  //     +----------------+-----Finish---------------+--> kEnded
  enum class State { kIdle, kOpen, kAnswered, kEnded };

  // Ends the stream, once. Returns false if it had ended. With
  // `correct_processed`, a request that was not written counts as not
  // processed, whatever `end` says. With `explain`, the end says what the call
  // waited for.
  bool Finish(StreamEnd end, absl::optional<Http2ErrorCode> reset,
              bool correct_processed = false, bool explain = false,
              const HeaderList& trailers = HeaderList());
  Wait DescribeWaitWith(size_t unread_bytes);
  // Events of the timeline.
  void RecordBegin(const HeaderList& headers) const {
    if (!Timeline::on()) return;
    timeline_.OnCallBegins(this, headers.Find(":path").value_or(""));
  }
  void RecordEnd(const absl::Status& status, const Wait& wait) const {
    timeline_.OnCallEnds(this, id(), static_cast<uint32_t>(status.code()),
                         WaitCauseName(wait.cause), wait.duration);
  }
  // The bytes of messages that the call has not asked for.
  size_t UnreadBytes() {
    MutexLock lock(&mu_);
    return UnreadLocked();
  }
  size_t UnreadLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return !call_waits_ && assembler_.HasMessage() ? assembler_.buffered() : 0;
  }
  std::shared_ptr<StreamObserver> observer();
  void FinishWithTrailers(const HeaderList& trailers, bool trailers_only);
  void OnFirstHeaders(ResponseCheck check, const HeaderList& headers,
                      bool end_stream);
  // The answer is not gRPC's, and a body may follow.
  void StartNotGrpcAnswer(absl::Status status);
  void OnNotGrpcBody(const SliceBuffer& payload, bool end_stream);
  // The body has taken too long.
  void OnNotGrpcTimeout();
  bool ReadyLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns the increment that the message needs for which the call waits.
  uint32_t GrantMessageLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::shared_ptr<StreamOwner> owner_;
  Clock* const clock_;
  const bool explains_waits_;
  const TimelineTrack timeline_;
  OutboundStream outbound_;

  Mutex mu_{LockRank::kStream};
  State state_ ABSL_GUARDED_BY(mu_) = State::kIdle;
  std::shared_ptr<StreamObserver> observer_ ABSL_GUARDED_BY(mu_);
  absl::Time deadline_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();

  // Receiving.
  bool peer_ended_ ABSL_GUARDED_BY(mu_) = false;  // END_STREAM arrived
  uint64_t received_header_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  StreamReceiveWindow receive_window_ ABSL_GUARDED_BY(mu_);
  MessageAssembler assembler_ ABSL_GUARDED_BY(mu_);
  bool call_waits_ ABSL_GUARDED_BY(mu_) = false;
  // There are unread bytes, and trailers with an error status.
  bool failed_by_server_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status dropped_by_ ABSL_GUARDED_BY(mu_);  // see message_error
  // Set while the body of an answer that is not gRPC's is collected.
  std::shared_ptr<NotGrpcAnswer> not_grpc_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_H_
