#include "transport/adapter/call/grpc_call.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/call/metadata.h"
#include "transport/adapter/call/wait_texts.h"
#include "transport/base/trace.h"

namespace loopy {

void GrpcCall::Perform(Batch* batch) {
  LOOPY_TRACE(adapter_trace, "call %p: %s", this, DescribeBatch(batch).c_str());
  Stream::Send sent = Stream::Send::kAccepted;
  if (batch->cancel_stream) Cancel(batch->payload->cancel_stream.cancel_error);
  if (batch->send_initial_metadata) sent = SendInitialMetadata(batch);
  if (batch->send_message || batch->recv_initial_metadata ||
      batch->recv_message || batch->recv_trailing_metadata) {
    // This comes before on_complete can run on another thread, since the batch
    // may be gone after that.
    CountAndReceive(batch);
  }
  if (batch->send_message) {
    SendMessage(batch);
  } else {
    if (batch->send_trailing_metadata) {
      const Stream::Send end = stream_->SendEndOfStream();
      if (end == Stream::Send::kWaits) sent = end;
    }
    if (batch->on_complete != nullptr) CompleteSend(batch->on_complete, sent);
  }
  stream_->Flush();
}

void GrpcCall::Cancel(const grpc_error_handle& error) {
  grpc_status_code code = GRPC_STATUS_UNKNOWN;
  std::string message;
  Http2CancelCode reset = kHttp2Cancel;
  grpc_error_get_status(error, grpc_core::Timestamp::InfFuture(), &code,
                        &message, &reset, nullptr);
  absl::Status status(static_cast<absl::StatusCode>(code), message);
  if (started_) {
    stream_->Cancel(std::move(status), static_cast<Http2ErrorCode>(reset));
    LeaveWaitText();
    Progress();  // trailers wait no longer for messages to be read
    return;
  }
  started_ = true;  // so that it will never start
  stream_->Cancel(status);
  resources_->stats->OnStreamStarted();
  StreamEnd end;
  end.status = std::move(status);
  end.processed = StreamEnd::Processed::kNotSentOnWire;
  OnEnd(std::move(end), HeaderList());
}

void GrpcCall::LeaveWaitText() {
  MutexLock lock(&mu_);
  if (!end_.has_value() || end_->wait == nullptr) return;
  WaitTexts::Get()->Put(arena_,
                        WaitText(*end_->wait, resources_->peer_address));
}

Stream::Send GrpcCall::SendInitialMetadata(Batch* batch) {
  auto& op = batch->payload->send_initial_metadata;
  SetPeer(resources_->peer, op);
  if (std::exchange(started_, true)) return Stream::Send::kEnded;  // cancelled
  HeaderList headers;
  MetadataToHeaders(*op.send_initial_metadata, &headers);
  absl::Time deadline = absl::InfiniteFuture();
  const auto timeout =
      op.send_initial_metadata->get(grpc_core::GrpcTimeoutMetadata());
  if (timeout.has_value() && *timeout != grpc_core::Timestamp::InfFuture()) {
    deadline = stream_->clock()->Now() +
               absl::Milliseconds(
                   (*timeout - grpc_core::ExecCtx::Get()->Now()).millis());
  }
  resources_->stats->OnStreamStarted();
  const Stream::Send sent =
      stream_->Start(std::move(headers), deadline, shared_from_this());
  if (sent == Stream::Send::kWaits) {
    MutexLock lock(&mu_);
    start_waits_ = true;
  }
  return sent;
}

void GrpcCall::CompleteSend(grpc_closure* on_complete, Stream::Send outcome) {
  if (outcome == Stream::Send::kAccepted) {
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, on_complete, absl::OkStatus());
    return;
  }
  Finished finished;
  MutexLock lock(&mu_);
  if (end_.has_value()) {
    finished.Fail(on_complete, *end_);
  } else if (!WaitsForSlotLocked()) {
    finished.Add(on_complete);  // it got its slot in between
  } else {
    grpc_closure** const free = std::find(std::begin(waiting_for_slot_),
                                          std::end(waiting_for_slot_), nullptr);
    *free = on_complete;
  }
}

void GrpcCall::OnOpened() {
  Finished finished;
  MutexLock lock(&mu_);
  opened_ = true;
  for (grpc_closure*& on_complete : waiting_for_slot_) {
    finished.Take(&on_complete);
  }
}

void GrpcCall::SendMessage(Batch* batch) {
  auto& op = batch->payload->send_message;
  Message message;
  message.compressed = (op.flags & GRPC_WRITE_INTERNAL_COMPRESS) != 0;
  const bool buffer_hint = (op.flags & GRPC_WRITE_BUFFER_HINT) != 0;
  const grpc_slice_buffer& slices = *op.send_message->c_slice_buffer();
  // The slices are shared, since gRPC's retries send them again.
  for (size_t i = 0; i < slices.count; ++i) {
    message.payload.Append(Slice(grpc_slice_ref(slices.slices[i])));
  }
  if (message.payload.size() > kMaxMessageSize) {
    stream_->Cancel(absl::ResourceExhaustedError(
        absl::StrCat(kMessageSizeTextPrefix, "Sent message larger than max (",
                     message.payload.size(), " vs. ", kMaxMessageSize, ")")));
  }
  Finished finished;
  const Stream::Send sent = stream_->SendMessage(
      std::move(message), batch->send_trailing_metadata, buffer_hint);
  if (sent != Stream::Send::kEnded) resources_->stats->OnMessageSent();
  if (sent == Stream::Send::kAccepted) {
    finished.Add(batch->on_complete);
    return;
  }
  MutexLock lock(&mu_);
  if (std::exchange(accepted_early_, false)) {  // in between
    finished.Add(batch->on_complete);
  } else if (end_.has_value() || sent == Stream::Send::kEnded) {
    DropMessageLocked(batch, &finished);
  } else {
    Batch* const before = std::exchange(waiting_send_, batch);
    if (before != nullptr) finished.Add(before->on_complete);
  }
}

void GrpcCall::DropMessageLocked(Batch* batch, Finished* finished) {
  batch->payload->send_message.stream_write_closed = true;
  if (WaitsForSlotLocked() && end_.has_value()) {
    finished->Fail(batch->on_complete, *end_);
  } else {
    // It succeeds: an error would hide the stream's status.
    finished->Add(batch->on_complete);
  }
}

void GrpcCall::CountAndReceive(Batch* batch) {
  bool broken = false;
  {
    Finished finished;
    MutexLock lock(&mu_);
    if (batch->send_message && !end_.has_value()) CountMessageLocked(batch);
    StoreReceiveOpsLocked(batch);
    broken = !ProgressLocked(trailers_, &finished);
  }
  if (broken) CancelBrokenMessage();
}

void GrpcCall::CountMessageLocked(Batch* batch) {
  const size_t size = batch->payload->send_message.send_message->Length();
  byte_counts_.outgoing.framing_bytes += kMessagePrefixSize;
  byte_counts_.outgoing.data_bytes += size;
  tracer_.OnSent(kMessagePrefixSize, size);
}

void GrpcCall::StoreReceiveOpsLocked(Batch* batch) {
  if (batch->recv_initial_metadata) {
    recv_initial_metadata_ = batch->payload->recv_initial_metadata;
    SetPeer(resources_->peer, recv_initial_metadata_);
  }
  if (batch->recv_message) recv_message_ = batch->payload->recv_message;
  if (batch->recv_trailing_metadata) {
    recv_trailing_metadata_ = batch->payload->recv_trailing_metadata;
    takes_no_more_ = batch->recv_message;
  }
}

void GrpcCall::OnHeaders(const HeaderList& headers) {
  Finished finished;
  MutexLock lock(&mu_);
  if (recv_initial_metadata_.recv_initial_metadata_ready != nullptr) {
    FinishInitialMetadataLocked(&headers, &finished);
  } else {
    headers_ = headers;
  }
}

void GrpcCall::OnMessageReady() { Progress(); }

void GrpcCall::OnMessageAccepted() {
  Batch* batch = nullptr;
  {
    MutexLock lock(&mu_);
    batch = std::exchange(waiting_send_, nullptr);
    if (batch == nullptr) accepted_early_ = true;
  }
  if (batch == nullptr) return;
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, batch->on_complete, absl::OkStatus());
}

void GrpcCall::OnEnd(StreamEnd end, const HeaderList& trailers) {
  // This comes before anybody can see the end, since gRPC's stream may be gone
  // after that.
  resources_->stats->OnStreamEnded(end.status.ok());
  if (end.wait != nullptr) {
    end.status = WithWait(end.status, *end.wait, resources_->peer_address);
  }
  bool broken = false;
  {
    Finished finished;
    MutexLock lock(&mu_);
    end_ = std::move(end);
    for (grpc_closure*& on_complete : waiting_for_slot_) {
      finished.Fail(std::exchange(on_complete, nullptr), *end_);
    }
    if (waiting_send_ != nullptr) {
      DropMessageLocked(std::exchange(waiting_send_, nullptr), &finished);
    }
    broken = !ProgressLocked(trailers, &finished);
    if (!trailers_done_) trailers_ = trailers;
  }
  if (broken) CancelBrokenMessage();
}

void GrpcCall::Progress() {
  bool broken = false;
  {
    Finished finished;
    MutexLock lock(&mu_);
    stream_waits_ = false;
    broken = !ProgressLocked(trailers_, &finished);
  }
  if (broken) CancelBrokenMessage();
}

bool GrpcCall::ProgressLocked(const HeaderList& trailers, Finished* finished) {
  ProgressInitialMetadataLocked(finished);
  const bool whole = ProgressMessageLocked(finished);
  ProgressTrailingMetadataLocked(trailers, finished);
  return whole;
}

void GrpcCall::CancelBrokenMessage() {
  absl::Status error;
  {
    MutexLock lock(&mu_);
    error = MessageErrorLocked();
  }
  stream_->Cancel(std::move(error));  // comes back through OnEnd
}

absl::Status GrpcCall::MessageErrorLocked() {
  if (has_surplus_) {  // doc/statuscodes.md: a response cardinality violation
    return absl::UnimplementedError(
        "the server sent another message to a call that takes one");
  }
  absl::Status error = stream_->message_error();
  if (!absl::IsResourceExhausted(error)) return error;
  // The message is too large: the text is that of gRPC's message size filter.
  return absl::ResourceExhaustedError(
      absl::StrCat(kMessageSizeTextPrefix, error.message()));
}

void GrpcCall::ProgressInitialMetadataLocked(Finished* finished) {
  if (recv_initial_metadata_.recv_initial_metadata_ready == nullptr) return;
  if (headers_.has_value()) {
    FinishInitialMetadataLocked(&*headers_, finished);
    headers_.reset();
  } else if (end_.has_value()) {
    FinishInitialMetadataLocked(nullptr, finished);
  }
}

void GrpcCall::FinishInitialMetadataLocked(const HeaderList* headers,
                                           Finished* finished) {
  auto& op = recv_initial_metadata_;
  if (headers != nullptr) {
    resources_->response_metadata.Append(*headers, op.recv_initial_metadata);
  } else if (op.trailing_metadata_available != nullptr) {
    *op.trailing_metadata_available = true;
  }
  op.recv_initial_metadata->Set(grpc_core::PeerString(),
                                Copy(resources_->peer));
  finished->Take(&op.recv_initial_metadata_ready);
}

bool GrpcCall::ProgressMessageLocked(Finished* finished) {
  auto& op = recv_message_;
  if (op.recv_message_ready == nullptr) return !FindsSurplusLocked();
  Message message;
  const Stream::Next next = NextMessageLocked(&message);
  switch (next) {
    case Stream::Next::kMessage:
    case Stream::Next::kMessageThenWait:
      op.recv_message->emplace();
      byte_counts_.incoming.framing_bytes += kMessagePrefixSize;
      byte_counts_.incoming.data_bytes += message.payload.size();
      tracer_.OnReceived(kMessagePrefixSize, message.payload.size());
      message.payload.MoveTo((*op.recv_message)->c_slice_buffer());
      // `flags` is null in gRPC's own health checks and backend metrics.
      if (op.flags != nullptr) {
        *op.flags = message.compressed ? GRPC_WRITE_INTERNAL_COMPRESS : 0;
      }
      resources_->stats->OnMessageReceived();
      break;
    case Stream::Next::kWait:
      return true;
    case Stream::Next::kBroken:
      return false;
    case Stream::Next::kEnd:
      if (!end_.has_value()) return true;  // OnEnd is about to run
      op.recv_message->reset();
      if (op.call_failed_before_recv_message != nullptr) {
        *op.call_failed_before_recv_message = !end_->status.ok();
      }
      break;
  }
  finished->Take(&op.recv_message_ready);
  return !FindsSurplusLocked();
}

Stream::Next GrpcCall::NextMessageLocked(Message* message) {
  if (stream_waits_ && !end_.has_value()) return Stream::Next::kWait;
  const Stream::Next next = stream_->NextMessage(message, takes_no_more_);
  stream_waits_ =
      next == Stream::Next::kWait || next == Stream::Next::kMessageThenWait;
  return next;
}

bool GrpcCall::FindsSurplusLocked() {
  // While the stream waits, there is nothing: OnMessageReady comes first.
  if (!takes_no_more_ || has_surplus_ || stream_waits_) return false;
  Message surplus;
  switch (NextMessageLocked(&surplus)) {
    case Stream::Next::kMessage:
    case Stream::Next::kMessageThenWait:
      has_surplus_ = true;
      return true;
    case Stream::Next::kBroken:
      return true;
    case Stream::Next::kWait:  // OnMessageReady follows if there is one
    case Stream::Next::kEnd:
      return false;
  }
  return false;
}

void GrpcCall::ProgressTrailingMetadataLocked(const HeaderList& trailers,
                                              Finished* finished) {
  auto& op = recv_trailing_metadata_;
  if (op.recv_trailing_metadata_ready == nullptr || !end_.has_value()) return;
  const bool may_take_more =
      !takes_no_more_ || recv_message_.recv_message_ready != nullptr;
  if (may_take_more && !stream_->Drained()) return;
  FillTrailersLocked(trailers, op.recv_trailing_metadata);
  trailers_done_ = true;
  byte_counts_.outgoing.header_bytes = end_->sent_header_bytes;
  byte_counts_.incoming.header_bytes = end_->received_header_bytes;
  // The tracer is used here and not in OnEnd, since it is sure to live only
  // while gRPC waits.
  tracer_.OnHeaderBytes(end_->sent_header_bytes, end_->received_header_bytes);
  if (op.collect_stats != nullptr) {
    grpc_transport_move_stats(&byte_counts_, op.collect_stats);
  }
  finished->Take(&op.recv_trailing_metadata_ready);
}

void GrpcCall::FillTrailersLocked(const HeaderList& trailers,
                                  grpc_metadata_batch* out) {
  absl::Status status = end_->status;
  // The peer may have ended the stream before anybody saw that.
  if (status.ok() && (has_surplus_ || end_->has_unread)) {
    status = MessageErrorLocked();
  }
  if (status.ok()) {
    resources_->response_metadata.Append(trailers, out);
  } else {
    SetFakeStatus(status, out);
  }
  SetNetworkState(end_->processed, out);
  out->Set(grpc_core::PeerString(), Copy(resources_->peer));
}

}  // namespace loopy
