#include "transport/writer/loopy_writer.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <variant>

#include "transport/base/trace.h"
#include "transport/wire/frame_writer.h"

namespace loopy {

LoopyWriter::LoopyWriter(ControlBuffer* buffer, Endpoint* endpoint,
                         Clock* clock, WriterObserver* observer,
                         const ConnectionOptions& options)
    : buffer_(buffer),
      endpoint_(endpoint),
      clock_(clock),
      observer_(observer),
      timeline_(options.timeline),
      encoder_(options.encoder_table_size),
      reserve_(window_.available()) {
  output_.set_timeline(timeline_);
  WritePreface(&output_);
}

void LoopyWriter::MaybeRun(bool has_calls) {
  if (!buffer_->MaybeBecomeWriter(has_calls)) return;
  small_writes_.OnTurnBegins(/*may_put_off=*/has_calls);
  Run();
}

void LoopyWriter::Run() {
  const bool was_finished = state_ == State::kFinished;
  bool finishes = false;
  while (buffer_->Take(HasBytes() || CanSendData(), &batch_)) {
    now_.reset();
    const bool was_put_off = HasBytes();
    small_writes_.OnBatch(batch_.crowded);
    const int64_t began_ns = TimelineTrack::BeginTurn();
    HandleBatch();
    FillWithData();
    timeline_.OnTurn(began_ns, output_.size());
    observer_->OnSendWindow(window_.available());
    if (state_ == State::kFinished) {
      finishes = !was_finished;
      continue;  // what comes later is dropped: it holds streams
    }
    if (!HasBytes()) continue;
    if (!was_put_off && small_writes_.MayPutOff(output_.size())) {
      if (IsBurst() && endpoint_->RequestTurn()) return;  // OnTurn goes on
      const bool taken_over = small_writes_.has_taken_over();
      if (taken_over || small_writes_.TakeCrowd()) {
        if (!taken_over && endpoint_->HandOver()) return;  // OnTakeOver goes on
        clock_->Yield();
        continue;
      }
    }
    if (endpoint_->MaybeHandOver()) return;  // OnTakeOver goes on
    if (StartWrite()) return;
  }
  if (finishes) observer_->OnWriterFinished();
}

bool LoopyWriter::StartWrite() {
  const absl::Time last_started_at = write_started_at_;
  write_size_ = output_.size();
  first_stream_ = output_.TakeFirstStream();
  // A small write is not measured, and begins as precisely as is needed.
  write_started_at_ =
      write_size_ >= WriteSizer::kMinWrite ? clock_->Now() : Now();
  if (PeerClosedInPause(write_started_at_ - last_started_at)) {
    output_.Clear();
    FailWrite(absl::UnavailableError("the peer has closed the connection"),
              first_stream_);
    return false;
  }
  LOOPY_TRACE(writer_trace, "writes %zu bytes", write_size_);
  progress_.write_began_at.Set(write_started_at_);
  progress_.write_bytes.store(write_size_, std::memory_order_relaxed);
  progress_.write_begun.store(++write_number_, std::memory_order_relaxed);
  timeline_.OnWriteBegins(write_size_);
  observer_->OnWriteBegins(write_size_);
  if (output_.TakeResetsPings()) observer_->OnDataWritten();
  output_.MoveTo(&slices_);
  endpoint_->StartWrite(&slices_);
  return true;
}

void LoopyWriter::MeasureWrite() {
  if (write_size_ < WriteSizer::kMinWrite) return;
  const absl::Time now = clock_->Now();
  if (sizer_.OnWrite(write_size_, now - write_started_at_, now)) {
    LOOPY_TRACE(writer_trace, "at most %zu bytes unsent",
                sizer_.unsent_limit());
    endpoint_->SetUnsentLimit(sizer_.unsent_limit());
  }
}

void LoopyWriter::OnWriteDone(absl::Status status) {
  progress_.write_ended.store(write_number_, std::memory_order_relaxed);
  timeline_.OnWriteEnds();
  slices_.Clear();  // before the application makes its next message
  if (!status.ok()) {
    FailWrite(std::move(status), FirstUnsentStream());
  } else if (state_ == State::kClosing) {
    state_ = State::kDone;
    observer_->OnGoAwayWritten();
  } else {
    written_bytes_ += write_size_;
    MeasureWrite();
    observer_->OnWriteEnded();
    messages_.OnWriteEnded();
  }
  Run();
}

void LoopyWriter::FailWrite(absl::Status status, uint32_t first_unsent_stream) {
  LOOPY_TRACE(writer_trace, "write failed: %s", status.ToString().c_str());
  state_ = State::kDone;
  ForgetAllStreams();
  observer_->OnWriteFailed(std::move(status), first_unsent_stream);
}

void LoopyWriter::HandleBatch() {
  const bool first = write_number_ == 0;  // begins with our SETTINGS
  if (first) HandleItems();
  if (state_ == State::kRunning) {
    if (batch_.peer_settings) HandlePeerSettings(*batch_.peer_settings);
    HandleConnectionUpdates();
  }
  if (!first) HandleItems();
  while (std::shared_ptr<OutboundStream> stream = batch_.TakeStream()) {
    if (state_ == State::kRunning) HandleStream(stream);
  }
  if (state_ != State::kRunning) return;
  for (const ControlBatch::Reset& reset : batch_.resets) {
    WriteRstStream(reset.stream_id, reset.code, &output_);
  }
  for (const uint64_t opaque : batch_.ping_acks) {
    WritePing(/*ack=*/true, opaque, &output_);
  }
}

void LoopyWriter::HandlePeerSettings(const PeerSettingsUpdate& update) {
  encoder_.SetMaxTableSize(update.smallest_header_table);
  encoder_.SetMaxTableSize(update.settings.header_table_size);
  const int64_t change =
      static_cast<int64_t>(update.settings.initial_window_size) -
      static_cast<int64_t>(peer_settings_.initial_window_size);
  peer_settings_ = update.settings;
  for (OutboundStream* stream = open_.front(); stream != nullptr;
       stream = OpenList::Next(stream)) {
    if (!stream->window_.Shift(change)) {
      // RFC 9113 section 6.9.2.
      observer_->OnWriterError(Http2Error::Connection(
          Http2ErrorCode::kFlowControlError,
          "SETTINGS_INITIAL_WINDOW_SIZE takes a window past 2^31-1"));
      return;
    }
    if (stream->window_.available() == 0) {
      scheduler_.Remove(stream);
      NoteStreamWindow(stream);
    } else {
      MaybeActivate(stream);
    }
  }
  for (uint32_t i = 0; i < update.acks; ++i) WriteSettingsAck(&output_);
}

void LoopyWriter::HandleConnectionUpdates() {
  if (batch_.connection_from_peer != 0) {
    progress_.window_used_up_at.Clear();  // if it is used up again, then anew
    const uint32_t before = window_.available();
    Http2Error error = window_.OnConnectionUpdate(batch_.connection_from_peer);
    if (!error.ok()) observer_->OnWriterError(std::move(error));
    reserve_.OnUpdate(before, window_.available());
  }
  if (batch_.connection_to_peer != 0) {
    WriteWindowUpdate(0, batch_.connection_to_peer, &output_);
  }
}

void LoopyWriter::HandleItems() {
  for (ControlItem& item : batch_.items) {
    timeline_.OnItem(ControlItemName(item));
    if (state_ == State::kRunning) {
      std::visit([this](auto& typed) { Handle(typed); }, item);
    } else if (auto* close = std::get_if<CloseConnection>(&item)) {
      Handle(*close);  // nothing else follows GOAWAY
    }
  }
}

void LoopyWriter::HandleStream(const std::shared_ptr<OutboundStream>& shared) {
  OutboundStream* const stream = shared.get();
  const OutboundStream::Work work = stream->TakeWork();
  if (work.closed) {
    CloseStream(stream, work);
    return;
  }
  if (work.open) {
    OpenStream(shared, work.end_of_stream);
  } else if (work.end_of_stream) {
    WriteEndOfStream(stream);
  }
  if (work.to_peer != 0) {
    WriteWindowUpdate(stream->id, work.to_peer, &output_);
  }
  if (work.from_peer != 0) {
    Http2Error error =
        stream->window_.OnStreamUpdate(stream->id, work.from_peer);
    if (!error.ok()) {
      observer_->OnWriterError(std::move(error));
      return;
    }
  }
  stream->has_data_ = work.has_data;
  MaybeActivate(stream);
}

void LoopyWriter::OpenStream(const std::shared_ptr<OutboundStream>& shared,
                             bool end_stream) {
  OutboundStream* const stream = shared.get();
  stream->UpdateTimeout(Now());
  header_block_.clear();
  encoder_.Encode(stream->request_headers, &header_block_);
  stream->header_bytes.store(static_cast<uint32_t>(header_block_.size()),
                             std::memory_order_relaxed);
  WriteHeaders(stream->id, end_stream, header_block_,
               peer_settings_.max_frame_size, &output_);
  LOOPY_TRACE(http_trace, "> HEADERS stream %u, %zu bytes", stream->id,
              header_block_.size());
  NoteFrame(stream);
  stream->request_headers.Clear();
  stream->state_ = end_stream ? OutboundStream::State::kHalfClosed
                              : OutboundStream::State::kOpen;
  if (end_stream) return;
  stream->window_ = SendWindow(peer_settings_.initial_window_size);
  stream->self_ = shared;
  open_.PushBack(stream);
}

void LoopyWriter::CloseStream(OutboundStream* stream,
                              const OutboundStream::Work& work) {
  const bool unfinished = stream->state_ == OutboundStream::State::kOpen;
  const bool known_to_peer =
      unfinished || stream->state_ == OutboundStream::State::kHalfClosed;
  // A stream that both sides have ended has nothing left to reset (RFC 9113
  // section 5.1).
  if (known_to_peer && work.reset.has_value() &&
      (unfinished || !work.peer_ended)) {
    WriteRstStream(stream->id, *work.reset, &output_);
    LOOPY_TRACE(http_trace, "> RST_STREAM stream %u, %s", stream->id,
                Http2ErrorCodeName(*work.reset).c_str());
  }
  Forget(stream);
}

void LoopyWriter::Handle(SendSettings& item) {
  WriteSettings(item.settings, &output_);
  if (item.connection_increment != 0) {
    WriteWindowUpdate(0, item.connection_increment, &output_);
  }
}

void LoopyWriter::Handle(SendPing& item) {
  WritePing(/*ack=*/false, item.opaque, &output_);
  observer_->OnPingWritten(item.opaque);
}

void LoopyWriter::Handle(SendGoAway& item) {
  LOOPY_TRACE(http_trace, "> GOAWAY %s: %s",
              Http2ErrorCodeName(item.code).c_str(), item.debug_data.c_str());
  ForgetAllStreams();
  WriteGoAway(0, item.code, item.debug_data, &output_);
  state_ = State::kClosing;
}

void LoopyWriter::Handle(CloseConnection&) {
  ForgetAllStreams();
  output_.Clear();
  state_ = State::kFinished;
}

void LoopyWriter::FillWithData() {
  if (state_ != State::kRunning) return;
  while (output_.size() < WriteSize() && window_.available() > 0) {
    OutboundStream* stream = scheduler_.Next(OldMaySend());
    if (stream == nullptr) {
      if (scheduler_.HasOld() && reserve_.OnHeldBack()) {
        observer_->OnBulkHeldBack();
      }
      break;
    }
    WriteOneFrame(stream);
  }
  NoteConnectionWindow();
}

void LoopyWriter::NoteFrame(OutboundStream* stream) {
  StreamProgress& progress = stream->progress;
  progress.last_write.store(write_number_ + 1, std::memory_order_relaxed);
  progress.last_frame_at.Set(Now());
}

void LoopyWriter::NoteStreamWindow(OutboundStream* stream) {
  stream->progress.window_used_up_at.Track(
      stream->has_data_ && stream->window_.available() == 0,
      [this] { return Now(); });
}

void LoopyWriter::NoteConnectionWindow() {
  // A write that is full says nothing of the window.
  progress_.window_used_up_at.Track(!CanSendData() && scheduler_.CanSend(true),
                                    [this] { return Now(); });
}

uint32_t LoopyWriter::FrameLimit(const OutboundStream& stream) const {
  size_t turn = kMaxDataFrame;
  if (!scheduler_.HasOthers()) {  // the rest of the write is the stream's
    turn = std::max(turn, WriteSize() - output_.size());
  }
  const uint32_t reserve = stream.in_new_list_ ? 0 : reserve_.size();
  return std::min({static_cast<uint32_t>(turn), peer_settings_.max_frame_size,
                   stream.window_.available(), window_.available() - reserve});
}

void LoopyWriter::WriteOneFrame(OutboundStream* stream) {
  const OutboundStream::Data data =
      stream->TakeData(FrameLimit(*stream), &slices_);
  stream->has_data_ = data.more;
  if (data.completes_large_message && messages_.Add(stream->self_)) {
    observer_->OnMessageWaits();
  }
  if (data.size == 0 && !data.end_stream) {  // it was closed meanwhile
    scheduler_.Remove(stream);
    return;
  }
  const uint32_t n = static_cast<uint32_t>(data.size);
  WriteData(stream->id, data.end_stream, &slices_, n, &output_);
  slices_.Clear();  // empty slices are left over
  stream->window_.Consume(n);
  window_.Consume(n);
  NoteFrame(stream);
  NoteStreamWindow(stream);
  NoteOvertaking(*stream, data);
  scheduler_.EndTurn(stream, n, data.more && stream->window_.available() > 0);
  if (data.end_stream) HalfClose(stream);  // last: may destroy the stream
}

void LoopyWriter::NoteOvertaking(const OutboundStream& stream,
                                 const OutboundStream::Data& data) {
  const bool small =
      stream.in_new_list_ && !data.more && data.size < kMaxDataFrame;
  // The kernel may still hold the last write.
  const bool beside_bulk =
      scheduler_.HasOld() || write_size_ >= WriteSizer::kMinWrite;
  if (small && beside_bulk) sizer_.OnOvertaking();
}

void LoopyWriter::WriteEndOfStream(OutboundStream* stream) {
  WriteData(stream->id, /*end_stream=*/true, &slices_, 0, &output_);
  NoteFrame(stream);
  HalfClose(stream);
}

void LoopyWriter::MaybeActivate(OutboundStream* stream) {
  NoteStreamWindow(stream);
  if (stream->state_ != OutboundStream::State::kOpen || !stream->has_data_ ||
      stream->window_.available() == 0 || StreamScheduler::IsActive(stream)) {
    return;
  }
  scheduler_.Activate(stream);
}

bool LoopyWriter::CanSendData() const {
  return state_ == State::kRunning && window_.available() > 0 &&
         scheduler_.CanSend(OldMaySend());
}

void LoopyWriter::HalfClose(OutboundStream* stream) {
  stream->state_ = OutboundStream::State::kHalfClosed;
  LetGo(stream);
}

void LoopyWriter::Forget(OutboundStream* stream) {
  stream->state_ = OutboundStream::State::kClosed;
  scheduler_.Remove(stream);
  LetGo(stream);
}

void LoopyWriter::LetGo(OutboundStream* stream) {
  if (!OpenList::Contains(stream)) return;
  open_.Remove(stream);
  stream->self_.reset();  // last: may destroy the stream
}

}  // namespace loopy
