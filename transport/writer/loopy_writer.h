#ifndef LOOPY_TRANSPORT_WRITER_LOOPY_WRITER_H_
#define LOOPY_TRANSPORT_WRITER_LOOPY_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/endpoint.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/base/timeline.h"
#include "transport/control/control_buffer.h"
#include "transport/control/control_item.h"
#include "transport/control/outbound_stream.h"
#include "transport/control/writer_progress.h"
#include "transport/flow/send_window.h"
#include "transport/hpack/header_encoder.h"
#include "transport/wire/output_buffer.h"
#include "transport/wire/settings.h"
#include "transport/writer/messages_in_write.h"
#include "transport/writer/small_write_policy.h"
#include "transport/writer/stream_scheduler.h"
#include "transport/writer/window_reserve.h"
#include "transport/writer/write_sizer.h"

namespace loopy {

// The writer reports to its connection here. Called on the writing thread, with
// no lock held.
class WriterObserver {
 public:
  virtual ~WriterObserver() = default;

  // A PING of ours is part of the write that starts now.
  virtual void OnPingWritten(uint64_t opaque) = 0;

  // A write begins, or has ended without an error. progress() says so already.
  virtual void OnWriteBegins(size_t /*bytes*/) {}
  virtual void OnWriteEnded() {}

  // HEADERS, DATA or WINDOW_UPDATE is part of the write that starts now.
  virtual void OnDataWritten() = 0;

  // The peer lets us send this many bytes on the connection now.
  virtual void OnSendWindow(uint32_t /*bytes*/) {}

  // A WINDOW_UPDATE or SETTINGS of the peer broke the rules of flow control.
  virtual void OnWriterError(Http2Error error) = 0;

  // Our GOAWAY was handed to the kernel.
  virtual void OnGoAwayWritten() = 0;

  // The endpoint's write failed. Items are dropped from now on. The peer cannot
  // have seen `first_unsent_stream` and those after it; 0: nobody knows.
  virtual void OnWriteFailed(absl::Status status,
                             uint32_t first_unsent_stream) = 0;

  // Only the reserve of the connection's window keeps bulk from being sent.
  // After WindowReserve::LongestWait() ReleaseReserve is to be put.
  virtual void OnBulkHeldBack() = 0;

  // A large message waits until it is written. After
  // MessagesInWrite::LongestWait() AcceptMessages is to be called.
  virtual void OnMessageWaits() = 0;

  // CloseConnection was handled: no write is under way, and none will be. The
  // observer may destroy the writer inside.
  virtual void OnWriterFinished() = 0;
};

// Turns items and the work of streams into frames. Nothing else writes
// (grpc-go: loopyWriter).
//
//   LoopyWriter writer(&buffer, endpoint, clock, observer, options);
//   buffer.Put(SendSettings{...});
//   writer.MaybeRun();   // any thread: writes, unless another thread does
//
// It runs on the thread that put the item, and goes on when the endpoint's
// write ends; one write is under way at a time, and nothing else waits for it.
// The size of a write follows the speed of the peer, and is smaller while small
// messages go ahead of bulk (see WriteSizer).
//
// Threads: what is not marked belongs to the thread that has the role of
// the writer (see ControlBuffer), and needs no lock. Lifetime: outlives its
// last write; the endpoint, the buffer and the observer outlive it.
class LoopyWriter final : public Endpoint::WriteObserver {
 public:
  // A DATA frame has at most this payload while other streams have data
  // (contract, 6).
  static constexpr uint32_t kMaxDataFrame = 16 * 1024;

  // Before a request that follows such a pause the writer asks whether the peer
  // has closed the connection. In a pause nobody may read: a blocking program
  // polls its sockets only while it has calls.
  static constexpr absl::Duration kPause = absl::Milliseconds(1);

  LoopyWriter(ControlBuffer* buffer, Endpoint* endpoint, Clock* clock,
              WriterObserver* observer, const ConnectionOptions& options);

  // Any thread: writes what is in the buffer, unless another thread is the
  // writer already. A thread with calls may put a small write off
  // (SmallWritePolicy); the reader's does not.
  void MaybeRun(bool has_calls = true);
  // The reader calls this instead, after each read, which had frames of so many
  // responses.
  void MaybeRunAfterRead(int responses) {
    small_writes_.OnRead(responses);
    MaybeRun(/*has_calls=*/false);
  }

  void OnWriteDone(absl::Status status) override;
  void OnTurn() override {
    small_writes_.OnTurnBegins(/*may_put_off=*/false);
    Run();
  }
  void OnTakeOver() override {
    small_writes_.OnTakeOver();
    if (small_writes_.MayPutOff(output_.size())) clock_->Yield();
    Run();
  }

  // Any thread: accepts the large messages that are within the quota.
  void AcceptMessages() { messages_.OnWaitOver(); }

  // Any thread may read it.
  const WriterProgress& progress() const { return progress_; }

 private:
  //   kRunning --SendGoAway--> kClosing --written--> kDone --+
  //      +-------------write failed----------------> kDone --+
  //      +------------------CloseConnection------------------+--> kFinished
  enum class State { kRunning, kClosing, kDone, kFinished };

  using OpenList = IntrusiveList<OutboundStream, &OutboundStream::open_links_>;

  void Run();
  // The time at which this turn of the writer, or its first half, began.
  absl::Time Now() {
    if (!now_.has_value()) now_ = clock_->Now();
    return *now_;
  }
  void HandleBatch();
  void HandlePeerSettings(const PeerSettingsUpdate& update);
  void HandleConnectionUpdates();
  void HandleItems();
  void Handle(SendSettings& item);
  void Handle(SendPing& item);
  void Handle(SendGoAway& item);
  void Handle(ReleaseReserve& /*item*/) { reserve_.Release(); }
  void Handle(CloseConnection& item);
  void HandleStream(const std::shared_ptr<OutboundStream>& shared);
  void OpenStream(const std::shared_ptr<OutboundStream>& shared,
                  bool end_stream);
  void CloseStream(OutboundStream* stream, const OutboundStream::Work& work);

  bool HasBytes() const { return output_.size() != 0; }
  bool IsBurst() { return small_writes_.IsBurst(Now() - write_started_at_); }
  // Returns false if the peer has closed the connection already.
  bool StartWrite();
  bool PeerClosedInPause(absl::Duration pause) {
    return first_stream_ != 0 && write_number_ != 0 && pause >= kPause &&
           endpoint_->PeerHasClosed();
  }
  void MeasureWrite();
  void FailWrite(absl::Status status, uint32_t first_unsent_stream);
  // After a write has failed: returns the first stream whose HEADERS were in
  // it, if nothing of it has left this host. Returns 0 if there is none, or if
  // nobody knows.
  uint32_t FirstUnsentStream() {
    const absl::optional<uint64_t> sent = endpoint_->SentBytes();
    return sent.has_value() && *sent <= written_bytes_ ? first_stream_ : 0;
  }
  // Adds DATA frames, fairly, until the write is full or nobody can send.
  void FillWithData();
  // Notes that a frame of the stream goes with the next write.
  void NoteFrame(OutboundStream* stream);
  // Notes whether the stream's window, or the connection's, keeps data back.
  void NoteStreamWindow(OutboundStream* stream);
  void NoteConnectionWindow();
  void WriteOneFrame(OutboundStream* stream);
  // Returns the size up to which a write is filled.
  size_t WriteSize() const {
    return scheduler_.HasOthers() ? sizer_.shared_write_size()
                                  : sizer_.write_size();
  }
  // Returns the largest payload of the stream's next frame.
  uint32_t FrameLimit(const OutboundStream& stream) const;
  // Notes it if `data` is a small message beside bulk.
  void NoteOvertaking(const OutboundStream& stream,
                      const OutboundStream::Data& data);
  void WriteEndOfStream(OutboundStream* stream);
  void MaybeActivate(OutboundStream* stream);
  bool CanSendData() const;
  bool OldMaySend() const { return window_.available() > reserve_.size(); }
  // END_STREAM is written. A stream that sends nothing more needs no place in
  // the writer; it is linked again if it has to be reset.
  void HalfClose(OutboundStream* stream);
  void Forget(OutboundStream* stream);
  // Drops the reference to the stream.
  void LetGo(OutboundStream* stream);
  void ForgetAllStreams() {
    while (!open_.empty()) Forget(open_.front());
  }

  ControlBuffer* const buffer_;
  Endpoint* const endpoint_;
  Clock* const clock_;
  WriterObserver* const observer_;
  const TimelineTrack timeline_;

  State state_ = State::kRunning;
  absl::optional<absl::Time> now_;  // of this turn
  WriterProgress progress_;
  uint64_t write_number_ = 0;  // of the write that is under way, or the last
  ControlBatch batch_;
  SmallWritePolicy small_writes_;
  OutputBuffer output_;
  // The payload of the DATA frame that is being made, or the bytes of the write
  // that is under way: there is never both.
  SliceBuffer slices_;
  WriteSizer sizer_;
  MessagesInWrite messages_;
  size_t write_size_ = 0;  // of the write that is under way, or the last one
  uint32_t first_stream_ = 0;   // whose HEADERS are in that write, or 0
  uint64_t written_bytes_ = 0;  // by the writes that have ended well
  absl::Time write_started_at_;
  HeaderEncoder encoder_;
  std::string header_block_;

  Settings peer_settings_;
  SendWindow window_;  // the connection's
  WindowReserve reserve_;
  OpenList open_;
  StreamScheduler scheduler_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_LOOPY_WRITER_H_
