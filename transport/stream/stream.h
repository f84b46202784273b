#ifndef LOOPY_TRANSPORT_STREAM_STREAM_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/http2_error.h"
#include "transport/base/mutex.h"
#include "transport/base/slice.h"
#include "transport/control/outbound_stream.h"
#include "transport/flow/receive_window.h"
#include "transport/flow/write_quota.h"
#include "transport/hpack/header_list.h"
#include "transport/stream/message_assembler.h"
#include "transport/stream/not_grpc_answer.h"
#include "transport/stream/response_check.h"
#include "transport/stream/stream_observer.h"
#include "transport/stream/stream_owner.h"

namespace loopy {

// One call's HTTP/2 stream, both directions.
//
//   auto stream = connection->NewStream();
//   stream->Start(headers, deadline, observer);
//   switch (stream->SendMessage(message, /*end_stream=*/true)) ...
//   stream->Flush();
//   switch (stream->NextMessage(&message)) ...
//
// What is sent is queued in its OutboundStream; nothing here waits for the
// socket. A stream ends once: by the peer, by Cancel or by its connection.
//
// Threads: the call's methods, the reader's and the writer's may run at the
// same time. Lifetime: shared; the connection holds it from Start to its end.
class Stream final : public std::enable_shared_from_this<Stream>,
                     public OutboundObserver {
 public:
  enum class Next {
    kMessage,
    kWait,   // OnMessageReady follows, unless the stream ends first
    kEnd,    // there will be none: the stream ended
    kBroken  // it cannot be had: Cancel(message_error())
  };

  // OnOpened follows kWaits of Start and SendEndOfStream, OnMessageAccepted
  // that of SendMessage, unless the stream ends first.
  using Send = OutboundStream::Send;

  struct Options {
    uint32_t receive_window = 65535;
    size_t write_quota = WriteQuota::kDefaultSize;
    size_t max_receive_message_size = 0;
  };

  // `buffer` outlives the stream.
  Stream(std::shared_ptr<StreamOwner> owner, ControlBuffer* buffer,
         const Options& options);

  // ---- The call's.

  // Submits the request headers. At most once. The stream waits where the peer
  // allows no further stream.
  Send Start(HeaderList headers, absl::Time deadline,
             std::shared_ptr<StreamObserver> observer);

  // One message may wait at a time. `end_stream`: it is the last one, and
  // exceeds no quota. `buffer_hint`: it may wait for the next message
  // (GRPC_WRITE_BUFFER_HINT).
  Send SendMessage(Message message, bool end_stream, bool buffer_hint = false);
  // There is no more message: one that exceeds the quota is accepted.
  Send SendEndOfStream();

  // Takes the next message, if it is whole. Calls nobody back.
  Next NextMessage(Message* message);
  // Why the next message can never be had: it is broken, or the peer ended the
  // stream in the middle of it. OK: neither.
  absl::Status message_error();
  // Whether NextMessage would answer kEnd.
  bool Drained();

  // Ends the stream with `status`; harmless when it has ended. RST_STREAM
  // `reset` goes to the peer if it knows the stream.
  void Cancel(absl::Status status,
              Http2ErrorCode reset = Http2ErrorCode::kCancel);

  Clock* clock() const { return owner_->clock(); }

  // Writes what the methods above have put.
  void Flush() { owner_->Flush(); }

  // ---- The reader's.

  // `block_size`: of the header block that `headers` came in.
  void OnHeaders(const HeaderList& headers, bool end_stream,
                 size_t block_size = 0);
  // `flow_controlled_size`: the payload and its padding. An error is the
  // stream's, which has ended with it.
  void OnData(SliceBuffer* payload, uint32_t flow_controlled_size,
              bool end_stream);
  void OnReset(Http2ErrorCode code);
  // The peer broke a rule of this stream.
  void OnError(const Http2Error& error);
  // The receive window of streams is `window` bytes now.
  void SetReceiveWindow(uint32_t window);

  // ---- The connection's.

  // Ends the stream without a word to the peer. `processed` is corrected if its
  // headers were not written, and they never will be. False: it had ended.
  bool Fail(absl::Status status, StreamEnd::Processed processed);
  OutboundStream* outbound() { return &outbound_; }
  // A stream that waited has its place among the peer's streams.
  void OnOpened();
  uint32_t id() const { return outbound_.id; }
  // The connection's: the place among the streams that wait to be opened.
  uint64_t waiting_ticket = 0;

  // ---- OutboundObserver.

  std::shared_ptr<OutboundStream> ShareOutbound() override {
    return std::shared_ptr<OutboundStream>(shared_from_this(), &outbound_);
  }
  void OnMessageAccepted() override;

 private:
  //   kIdle --Start--> kOpen --first response--> kAnswered
  //     |                |                          |
  //     +----------------+-----Finish---------------+--> kEnded
  enum class State { kIdle, kOpen, kAnswered, kEnded };

  // Ends the stream, once. False: it had ended. `correct_processed`: a request
  // that was not written was not processed, whatever `end` says.
  bool Finish(StreamEnd end, absl::optional<Http2ErrorCode> reset,
              bool correct_processed = false);
  std::shared_ptr<StreamObserver> observer();
  void FinishWithTrailers(const HeaderList& trailers, bool trailers_only);
  void OnFirstHeaders(ResponseCheck check, const HeaderList& headers,
                      bool end_stream);
  // The answer is not gRPC's: its body follows, perhaps.
  void StartNotGrpcAnswer(absl::Status status);
  void OnNotGrpcBody(const SliceBuffer& payload, bool end_stream);
  // The body takes too long.
  void OnNotGrpcTimeout();
  bool ReadyLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::shared_ptr<StreamOwner> owner_;
  OutboundStream outbound_;

  Mutex mu_;
  State state_ ABSL_GUARDED_BY(mu_) = State::kIdle;
  std::shared_ptr<StreamObserver> observer_ ABSL_GUARDED_BY(mu_);
  absl::Time deadline_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();

  // Receiving.
  bool peer_ended_ ABSL_GUARDED_BY(mu_) = false;  // END_STREAM came
  uint64_t received_header_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  StreamReceiveWindow receive_window_ ABSL_GUARDED_BY(mu_);
  MessageAssembler assembler_ ABSL_GUARDED_BY(mu_);
  bool call_waits_ ABSL_GUARDED_BY(mu_) = false;
  // Set while the body of an answer that is not gRPC's is gathered.
  std::shared_ptr<NotGrpcAnswer> not_grpc_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_H_
