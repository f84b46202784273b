#include "transport/stream/stream.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/match.h"
#include "transport/base/trace.h"
#include "transport/stream/status_mapping.h"

namespace loopy {

Stream::Stream(std::shared_ptr<StreamOwner> owner, ControlBuffer* buffer,
               Clock* clock, const ConnectionOptions& options)
    : owner_(std::move(owner)),
      clock_(clock),
      explains_waits_(options.explains_waits),
      timeline_(options.timeline),
      outbound_(buffer, this, options.write_quota),
      receive_window_(options.stream_window),
      assembler_(options.max_receive_message_size) {}

Stream::Send Stream::Start(HeaderList headers, absl::Time deadline,
                           std::shared_ptr<StreamObserver> observer) {
  {
    MutexLock lock(&mu_);
    if (state_ != State::kIdle) return Send::kEnded;
    state_ = State::kOpen;
    observer_ = std::move(observer);
    deadline_ = deadline;
  }
  RecordBegin(headers);
  outbound_.SetRequest(std::move(headers), deadline, clock_->Now());
  return owner_->OpenStream(shared_from_this());
}

Stream::Send Stream::SendMessage(Message message, bool end_stream,
                                 bool buffer_hint) {
  return outbound_.PutMessage(FrameMessage(std::move(message)), end_stream,
                              buffer_hint);
}

Stream::Send Stream::SendEndOfStream() { return outbound_.PutEndOfStream(); }

void Stream::OnOpened() {
  const std::shared_ptr<StreamObserver> call = observer();
  if (call == nullptr) return;
  call->OnOpened();
  outbound_.NotifyOpened();
}

void Stream::OnMessageAccepted() {
  const std::shared_ptr<StreamObserver> call = observer();
  if (call != nullptr) call->OnMessageAccepted();
}

std::shared_ptr<StreamObserver> Stream::observer() {
  MutexLock lock(&mu_);
  return observer_;
}

bool Stream::ReadyLocked() {
  return assembler_.HasMessage() || !assembler_.error().ok();
}

uint32_t Stream::GrantMessageLocked() {
  if (!call_waits_ || state_ == State::kEnded) return 0;
  return receive_window_.GrantMessage(
      static_cast<uint32_t>(assembler_.missing()));
}

Stream::Next Stream::NextMessage(Message* message, bool then_wait) {
  uint32_t increment = 0;
  Next next = Next::kWait;
  {
    MutexLock lock(&mu_);
    if (assembler_.Next(message)) {
      next = Next::kMessage;
      increment = receive_window_.OnRead(
          static_cast<uint32_t>(kMessagePrefixSize + message->payload.size()));
      if (then_wait && state_ != State::kEnded && !ReadyLocked()) {
        call_waits_ = true;
        increment += GrantMessageLocked();
        next = Next::kMessageThenWait;
      }
    } else if (state_ == State::kEnded) {
      next = Next::kEnd;
    } else if (!assembler_.error().ok()) {
      next = Next::kBroken;
    } else {
      call_waits_ = true;
      increment = GrantMessageLocked();
    }
    if (state_ == State::kEnded) increment = 0;
  }
  outbound_.PutWindowUpdate(increment);
  return next;
}

absl::Status Stream::message_error() {
  MutexLock lock(&mu_);
  if (failed_by_server_ || !assembler_.error().ok()) return assembler_.error();
  if (state_ == State::kEnded && assembler_.buffered() != 0 &&
      !assembler_.HasMessage()) {
    return absl::InternalError("the stream ended in the middle of a message");
  }
  return dropped_by_;
}

void Stream::OnHeaders(const HeaderList& headers, bool end_stream,
                       size_t block_size) {
  ResponseCheck check;
  bool first = false;
  bool not_grpc = false;
  std::shared_ptr<StreamObserver> observer;
  {
    MutexLock lock(&mu_);
    if (state_ == State::kIdle || state_ == State::kEnded) return;
    peer_ended_ = end_stream;
    received_header_bytes_ += block_size;
    first = state_ == State::kOpen;
    not_grpc = not_grpc_ != nullptr;
    if (first) check = CheckResponseHeaders(headers);
    if (first && check.kind == ResponseKind::kGrpc && !end_stream) {
      state_ = State::kAnswered;
      assembler_.set_compression_allowed(check.compresses);
      observer = observer_;
    }
  }
  if (observer != nullptr) {
    observer->OnHeaders(headers);
  } else if (first) {
    OnFirstHeaders(std::move(check), headers, end_stream);
  } else if (!end_stream) {
    OnError(Http2Error::Stream(id(), Http2ErrorCode::kProtocolError,
                               absl::StatusCode::kInternal,
                               "HEADERS in the middle of a stream"));
  } else if (!headers.empty() &&
             absl::StartsWith((*headers.begin()).name, ":")) {
    // RFC 9113 section 8.3. ResponseFieldCheck finds pseudo-header fields that
    // are not at the front.
    OnError(Http2Error::Stream(id(), Http2ErrorCode::kProtocolError,
                               absl::StatusCode::kInternal,
                               "malformed response: pseudo-header field in "
                               "trailers"));
  } else if (not_grpc) {
    OnNotGrpcBody(SliceBuffer(), /*end_stream=*/true);
  } else {
    FinishWithTrailers(headers, /*trailers_only=*/false);
  }
}

// Handles first headers that do not begin a gRPC response with a body.
void Stream::OnFirstHeaders(ResponseCheck check, const HeaderList& headers,
                            bool end_stream) {
  switch (check.kind) {
    case ResponseKind::kInformational:
      if (!end_stream) return;
      check.status = absl::InternalError("1xx response with END_STREAM");
      break;
    case ResponseKind::kMalformed:
      break;
    case ResponseKind::kNotGrpc:
      if (end_stream) break;
      StartNotGrpcAnswer(std::move(check.status));
      return;
    case ResponseKind::kGrpc:
      FinishWithTrailers(headers, /*trailers_only=*/true);
      return;
  }
  StreamEnd end;
  end.status = std::move(check.status);
  Finish(std::move(end), Http2ErrorCode::kProtocolError);
}

void Stream::FinishWithTrailers(const HeaderList& trailers,
                                bool trailers_only) {
  StreamEnd end;
  end.status = CheckTrailers(trailers);
  end.trailers_only = trailers_only;
  Finish(std::move(end), Http2ErrorCode::kNoError,
         /*correct_processed=*/false, /*explain=*/false, trailers);
}

uint32_t Stream::OnData(SliceBuffer* payload, uint32_t flow_controlled_size,
                        bool end_stream) {
  uint32_t increment = 0;
  uint32_t ahead = 0;
  bool not_grpc = false;
  std::shared_ptr<StreamObserver> ready;
  Http2Error error = Http2Error::Ok();
  {
    MutexLock lock(&mu_);
    if (state_ == State::kEnded) return 0;
    peer_ended_ = end_stream;
    error = receive_window_.OnData(id(), flow_controlled_size);
    if (error.ok() && state_ != State::kAnswered) {
      error = Http2Error::Stream(id(), Http2ErrorCode::kProtocolError,
                                 absl::StatusCode::kInternal,
                                 "DATA before HEADERS");
    }
    not_grpc = not_grpc_ != nullptr;
    if (error.ok()) {
      const uint32_t kept =
          not_grpc ? 0 : static_cast<uint32_t>(payload->size());
      if (flow_controlled_size != kept) {  // padding, or a body to be dropped
        increment = receive_window_.OnRead(flow_controlled_size - kept);
      }
      if (!not_grpc) assembler_.Append(payload);
      if (call_waits_ && ReadyLocked()) {
        call_waits_ = false;
        ready = observer_;
      } else {
        increment += GrantMessageLocked();
      }
      ahead = receive_window_.Ahead();
    }
  }
  if (!error.ok()) {
    OnError(error);
    return 0;
  }
  if (!end_stream) outbound_.PutWindowUpdate(increment);
  if (not_grpc) {
    OnNotGrpcBody(*payload, end_stream);
    return 0;
  }
  if (ready != nullptr) ready->OnMessageReady();
  if (!end_stream) return ahead;
  StreamEnd end;
  end.status = absl::InternalError(
      "the server closed the stream without sending trailers");
  Finish(std::move(end), Http2ErrorCode::kNoError);
  return 0;
}

void Stream::StartNotGrpcAnswer(absl::Status status) {
  const auto answer =
      std::make_shared<NotGrpcAnswer>(clock_, std::move(status));
  absl::Time deadline;
  {
    MutexLock lock(&mu_);
    if (state_ == State::kEnded) return;
    state_ = State::kAnswered;
    not_grpc_ = answer;
    deadline = deadline_;
  }
  answer->StartTimer(deadline, [weak = weak_from_this()] {
    const std::shared_ptr<Stream> stream = weak.lock();
    if (stream != nullptr) stream->OnNotGrpcTimeout();
  });
}

void Stream::OnNotGrpcBody(const SliceBuffer& payload, bool end_stream) {
  StreamEnd end;
  {
    MutexLock lock(&mu_);
    if (not_grpc_ == nullptr) return;  // the stream has ended
    if (!not_grpc_->Add(payload) && !end_stream) return;
    end.status = not_grpc_->status();
  }
  Finish(std::move(end),
         end_stream ? Http2ErrorCode::kNoError : Http2ErrorCode::kCancel);
}

void Stream::OnNotGrpcTimeout() {
  StreamEnd end;
  {
    MutexLock lock(&mu_);
    if (not_grpc_ == nullptr) return;
    end.status = not_grpc_->status();
  }
  Finish(std::move(end), Http2ErrorCode::kCancel);
  Flush();
}

void Stream::OnReset(Http2ErrorCode code) {
  const absl::Time now = clock_->Now();
  StreamEnd end;
  bool explain = false;
  {
    MutexLock lock(&mu_);
    explain = code == Http2ErrorCode::kCancel && now >= deadline_ - kPeersEarly;
    // The answer says more than the reset that follows it.
    end.status = not_grpc_ != nullptr ? not_grpc_->status()
                                      : StatusFromReset(code, now >= deadline_);
  }
  if (code == Http2ErrorCode::kRefusedStream) {
    end.processed = StreamEnd::Processed::kNotSeenByServer;
  }
  Finish(std::move(end), absl::nullopt, /*correct_processed=*/false, explain);
}

void Stream::OnError(const Http2Error& error) {
  StreamEnd end;
  end.status = error.ToStatus();
  Finish(std::move(end), error.code());
}

void Stream::Cancel(absl::Status status, Http2ErrorCode reset) {
  StreamEnd end;
  end.status = status;
  const bool explain =
      absl::IsDeadlineExceeded(status) || absl::IsCancelled(status);
  if (Finish(std::move(end), reset, /*correct_processed=*/false, explain)) {
    return;
  }
  // The peer had ended it. Drop messages that were not read.
  MutexLock lock(&mu_);
  if (assembler_.Clear()) dropped_by_ = std::move(status);
}

bool Stream::Fail(absl::Status status, StreamEnd::Processed processed) {
  StreamEnd end;
  end.status = std::move(status);
  end.processed = processed;
  return Finish(std::move(end), absl::nullopt, /*correct_processed=*/true,
                /*explain=*/true);
}

void Stream::StartReceiveWindow(uint32_t window) {
  MutexLock lock(&mu_);
  receive_window_.Start(window);
}

void Stream::SetReceiveWindow(uint32_t window) {
  uint32_t increment = 0;
  {
    MutexLock lock(&mu_);
    increment = receive_window_.SetLimit(window);
    increment += GrantMessageLocked();
  }
  outbound_.PutWindowUpdate(increment);
}

void Stream::OnReceiveWindowAcked() {
  uint32_t increment = 0;
  {
    MutexLock lock(&mu_);
    increment = receive_window_.OnLimitAcked();
    increment += GrantMessageLocked();
  }
  outbound_.PutWindowUpdate(increment);
}

Wait Stream::DescribeWaitWith(size_t unread_bytes) {
  WaitFacts facts;
  facts.queued = outbound_.queued();
  facts.stream = &outbound_.progress;
  facts.writer = &owner_->writer_progress();
  facts.unread_bytes = unread_bytes;
  if (!facts.queued.opened) facts.slots = owner_->MaxConcurrentStreams();
  facts.now = clock_->Now();
  return loopy::DescribeWait(facts);
}

bool Stream::Finish(StreamEnd end, absl::optional<Http2ErrorCode> reset,
                    bool correct_processed, bool explain,
                    const HeaderList& trailers) {
  std::shared_ptr<StreamObserver> observer;
  std::shared_ptr<NotGrpcAnswer> not_grpc;  // its timer ends without the lock
  bool peer_ended = false;
  size_t unread_bytes = 0;
  {
    MutexLock lock(&mu_);
    if (state_ == State::kEnded) return false;
    state_ = State::kEnded;
    unread_bytes = UnreadLocked();
    observer = std::move(observer_);
    not_grpc = std::move(not_grpc_);
    peer_ended = peer_ended_;
    if (!end.status.ok()) assembler_.Clear();
    end.has_unread = assembler_.buffered() != 0 || !assembler_.error().ok();
    failed_by_server_ =
        end.has_unread && trailers.Find("grpc-status").value_or("0") != "0";
    end.received_header_bytes = received_header_bytes_;
  }
  explain = explain && explains_waits_;
  if (observer != nullptr && (explain || Timeline::on())) {
    const Wait wait = DescribeWaitWith(unread_bytes);
    RecordEnd(end.status, wait);
    if (explain && wait.total >= kNoticeableWait) {
      end.wait = std::make_shared<const Wait>(wait);
    }
  }
  // If the headers have not been written by now, they never will be.
  const bool written = outbound_.Close(reset, peer_ended);
  if (observer == nullptr) return true;  // it was never started
  if (correct_processed && !written) {
    end.processed = StreamEnd::Processed::kNotSentOnWire;
  }
  end.sent_header_bytes =
      outbound_.header_bytes.load(std::memory_order_relaxed);
  LOOPY_TRACE(stream_trace, "a stream ends: %s", end.status.ToString().c_str());
  owner_->CloseStream(this);
  observer->OnEnd(std::move(end), trailers);
  return true;
}

}  // namespace loopy
