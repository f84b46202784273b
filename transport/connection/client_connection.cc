#include "transport/connection/client_connection.h"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "transport/base/log.h"
#include "transport/base/trace.h"
#include "transport/writer/window_reserve.h"

namespace loopy {
namespace {

ConnectionOptions WithTimeline(ConnectionOptions options,
                               absl::string_view peer) {
  options.timeline = TimelineTrack::New(peer);
  return options;
}

}  // namespace

std::shared_ptr<ClientConnection> ClientConnection::Create(
    std::unique_ptr<Endpoint> endpoint, Clock* clock,
    const ConnectionOptions& options,
    std::shared_ptr<ConnectionObserver> observer) {
  std::shared_ptr<ClientConnection> connection(new ClientConnection(
      std::move(endpoint), clock, options, std::move(observer)));
  connection->MakePartsWithTimers();
  return connection;
}

ClientConnection::ClientConnection(std::unique_ptr<Endpoint> endpoint,
                                   Clock* clock,
                                   const ConnectionOptions& options,
                                   std::shared_ptr<ConnectionObserver> observer)
    : clock_(clock),
      options_(WithTimeline(options, endpoint->peer())),
      observer_(std::move(observer)),
      peer_(endpoint->peer()),
      streams_(options_),
      endpoint_(std::move(endpoint)),
      writer_(&buffer_, endpoint_.get(), clock_, &events_, options_),
      reader_(endpoint_.get(), &buffer_, this, options_) {}

void ClientConnection::MakePartsWithTimers() {
  const std::weak_ptr<ClientConnection> weak = weak_from_this();
  // A reference to the events holds the connection.
  const std::shared_ptr<Events> events(shared_from_this(), &events_);
  settings_ =
      std::make_unique<SettingsExchange>(clock_, &buffer_, options_, [weak] {
        const std::shared_ptr<ClientConnection> self = weak.lock();
        if (self == nullptr) return;
        self->closer_->CloseOnError(Http2Error::Connection(
            Http2ErrorCode::kSettingsTimeout, "settings timeout"));
      });
  receive_windows_ = std::make_unique<ReceiveWindows>(
      options_, observer_.get(), settings_.get(), &reader_, &streams_);
  pings_ = Pings::Create(clock_, options_, events);
  closer_ = std::make_shared<ConnectionCloser>(
      clock_, endpoint_.get(), &buffer_, &streams_, options_, events);
  stall_watch_ = std::make_shared<StallWatch>(clock_, options_, peer_, events);
  reserve_timer_ =
      MakeTimer(WindowReserve::LongestWait(), [](ClientConnection* self) {
        self->buffer_.Put(ReleaseReserve{});
        self->Flush();
      });
  messages_timer_ =
      MakeTimer(MessagesInWrite::LongestWait(),
                [](ClientConnection* self) { self->writer_.AcceptMessages(); });
  ping_acks_timer_ =
      MakeTimer(PingAcks::kLongestWait, [](ClientConnection* self) {
        if (!self->ping_acks_.OnTimer()) return;
        self->writer_.MaybeRun(/*has_calls=*/false);
      });
}

std::shared_ptr<TimerQueue> ClientConnection::MakeTimer(
    absl::Duration delay, void (*on_expired)(ClientConnection* self)) {
  return std::make_shared<TimerQueue>(
      clock_, delay, [weak = weak_from_this(), on_expired] {
        const std::shared_ptr<ClientConnection> self = weak.lock();
        if (self != nullptr) on_expired(self.get());
      });
}

void ClientConnection::Start(SliceBuffer leftover) {
  self_ = shared_from_this();
  endpoint_->SetObservers(&reader_, &writer_);
  pings_->Start();  // before anything can fail, and stop it
  settings_->PutFirst();
  reader_.Start(&leftover);
  FlushWhenIdle();
}

void ClientConnection::FlushWhenIdle() {
  clock_->RunWhenIdle([self = shared_from_this()] {
    self->writer_.MaybeRun(/*has_calls=*/false);
  });
}

void ClientConnection::OnReadHandled(int responses) {
  if (ping_acks_.OnReadHandled(responses)) ping_acks_timer_->Start();
  // The owner may have a call that waits for the SETTINGS.
  if (!std::exchange(has_read_, true)) return FlushWhenIdle();
  writer_.MaybeRunAfterRead(responses);
}

void ClientConnection::Release() {
  const std::shared_ptr<ClientConnection> self = std::move(self_);
  LOOPY_TRACE(connection_trace, "the endpoint is released");
  endpoint_.reset();
  observer_->OnReleased();
}

// ---- Streams

std::shared_ptr<Stream> ClientConnection::NewStream() {
  return std::make_shared<Stream>(shared_from_this(), &buffer_, clock_,
                                  options_);
}

OutboundStream::Send ClientConnection::OpenStream(
    const std::shared_ptr<Stream>& stream) {
  absl::Status request =
      settings_->CheckRequestSize(stream->outbound()->request_headers);
  ConnectionStreams::Opening opening = streams_.Open(stream, request);
  if (!opening.refusal.ok()) {
    stream->Fail(std::move(opening.refusal),
                 StreamEnd::Processed::kNotSentOnWire);
    return OutboundStream::Send::kEnded;
  }
  if (!request.ok()) {  // on another connection, too: no transparent retry
    stream->Cancel(std::move(request));
    return OutboundStream::Send::kEnded;
  }
  pings_->OnStreamOpened();
  if (opening.ids_used_up) DrainUsedUpIds();
  return opening.outcome;
}

void ClientConnection::CloseStream(const Stream* stream) {
  const ConnectionStreams::Removal removal = streams_.Remove(stream);
  if (removal.ids_used_up) DrainUsedUpIds();
  if (!removal.was_last) return;
  observer_->OnIdle();
  closer_->OnIdle();
}

void ClientConnection::DrainUsedUpIds() {
  const absl::Status status =
      absl::UnavailableError("the connection's stream ids are used up");
  const std::vector<std::shared_ptr<Stream>> waiting = streams_.TakeWaiting();
  Drain(status);
  for (const std::shared_ptr<Stream>& stream : waiting) {
    stream->Fail(status, StreamEnd::Processed::kNotSentOnWire);
  }
}

void ClientConnection::DrainIfIdle(absl::Status why) {
  if (active_streams() == 0) Drain(std::move(why));
}

bool ClientConnection::AbandonStream(const absl::Status& why) {
  const std::vector<std::shared_ptr<Stream>> streams = streams_.OpenStreams();
  if (streams.empty()) return false;
  streams.front()->Cancel(why, Http2ErrorCode::kEnhanceYourCalm);
  Flush();
  return streams.size() > 1;
}

ConnectionStats ClientConnection::stats() {
  ConnectionStats stats;
  stats.peer = peer_;
  const auto streams = streams_.OpenStreams();
  for (const std::shared_ptr<Stream>& stream : streams) {
    const Wait wait = stream->DescribeWait();
    ++stats.calls_by_cause[WaitCauseName(wait.cause)];
    stats.queued_bytes += wait.queued_bytes;
  }
  stats.open_calls = active_streams();
  if (stats.open_calls > streams.size()) {
    stats.calls_by_cause[WaitCauseName(WaitCause::kStreamSlot)] =
        stats.open_calls - streams.size();
  }
  stats.ended_calls = streams_.ended();
  stats.send_window = windows_->send.load(std::memory_order_relaxed);
  stats.receive_window = windows_->receive.load(std::memory_order_relaxed);
  const WriterProgress& writer = writer_.progress();
  if (writer.write_begun.load(std::memory_order_relaxed) >
      writer.write_ended.load(std::memory_order_relaxed)) {
    const absl::Time now = clock_->Now();
    stats.write_bytes = writer.write_bytes.load(std::memory_order_relaxed);
    stats.write_age = absl::ToChronoMilliseconds(
        now - writer.write_began_at.Get().value_or(now));
  }
  const StallWatch::State state = stall_watch_->Look();
  stats.kernel_bytes = state.kernel_bytes;
  if (state.stalled_for >= kNoticeableWait) {
    stats.stalled_by = WaitCauseName(
        state.by_window ? WaitCause::kConnectionWindow : WaitCause::kSocket);
    stats.stalled_for = absl::ToChronoMilliseconds(state.stalled_for);
  }
  return stats;
}

void ClientConnection::Ping(Pings::Callback on_written,
                            Pings::Callback on_ack) {
  pings_->Ask(std::move(on_written), std::move(on_ack));
  Flush();
}

// ---- FrameHandler

std::shared_ptr<Stream> ClientConnection::FindStream(uint32_t id,
                                                     bool* was_opened) {
  return streams_.Find(id, was_opened);
}

Http2Error ClientConnection::OnPeerSettings(const SettingsFrame& frame) {
  SettingsExchange::Change change;
  Http2Error error = settings_->OnPeerSettings(frame, &change);
  if (!error.ok()) return error;
  if (streams_.SetMaxConcurrent(change.max_concurrent_streams)) {
    DrainUsedUpIds();
  }
  if (change.max_concurrent_streams_changed) {
    observer_->OnMaxConcurrentStreams(change.max_concurrent_streams);
  }
  // A connection that takes no streams any more does not become ready.
  if (change.is_first && closer_->is_open()) observer_->OnReady();
  return error;
}

Http2Error ClientConnection::OnGoAway(const GoAwayFrame& frame) {
  return closer_->OnGoAway(frame);
}

void ClientConnection::OnPingAck(uint64_t opaque) {
  const absl::optional<uint32_t> window = pings_->OnAck(opaque);
  if (window.has_value()) receive_windows_->OnBdp(*window);
}

void ClientConnection::OnSettingsAck() {
  if (settings_->OnAck()) receive_windows_->OnSettingsAcked();
}

bool ClientConnection::OnDataBytes(uint32_t n) {
  receive_windows_->OnData(n);
  return pings_->OnData(n);
}

void ClientConnection::OnReceiveWindow(int64_t bytes) {
  windows_->receive.store(bytes, std::memory_order_relaxed);
}

void ClientConnection::OnProtocolError(Http2Error error) {
  closer_->OnProtocolError(error);
}

void ClientConnection::OnReadFailed(absl::Status status) {
  closer_->OnReadFailed(status);
}

// ---- Events of the writer

void ClientConnection::Events::OnPingWritten(uint64_t opaque) {
  connection_->pings_->OnPingWritten(opaque);
}

void ClientConnection::Events::OnWriteBegins(size_t bytes) {
  connection_->stall_watch_->OnWriteBegins(bytes);
}

void ClientConnection::Events::OnWriteEnded() {
  connection_->stall_watch_->OnWriteEnded();
}

void ClientConnection::Events::OnDataWritten() {
  connection_->pings_->OnDataWritten();
}

void ClientConnection::Events::OnSendWindow(uint32_t bytes) {
  connection_->windows_->send.store(bytes, std::memory_order_relaxed);
}

void ClientConnection::Events::OnWriterError(Http2Error error) {
  if (error.scope() == Http2Error::Scope::kConnection) {
    connection_->closer_->CloseOnError(error);
    return;
  }
  bool was_opened = false;
  const std::shared_ptr<Stream> stream =
      connection_->FindStream(error.stream_id(), &was_opened);
  if (stream != nullptr) stream->OnError(error);
}

void ClientConnection::Events::OnGoAwayWritten() {
  connection_->closer_->OnGoAwayWritten();
}

void ClientConnection::Events::OnWriteFailed(absl::Status status,
                                             uint32_t first_unsent_stream) {
  connection_->closer_->OnWriteFailed(status, first_unsent_stream);
}

void ClientConnection::Events::OnBulkHeldBack() {
  connection_->reserve_timer_->Start();
}

void ClientConnection::Events::OnMessageWaits() {
  connection_->messages_timer_->Start();
}

void ClientConnection::Events::OnWriterFinished() { connection_->Release(); }

// ---- Events of the pings

bool ClientConnection::Events::HasStreams() {
  return connection_->active_streams() > 0;
}

void ClientConnection::Events::PutPing(uint64_t opaque, bool is_keepalive) {
  LOOPY_TRACE(connection_trace, "%s %llu",
              is_keepalive ? "keepalive ping" : "ping",
              static_cast<unsigned long long>(opaque));
  connection_->buffer_.Put(SendPing{opaque});
  connection_->observer_->OnPingSent(is_keepalive);
}

void ClientConnection::Events::OnPeerGone(absl::Status why) {
  connection_->closer_->CloseOnPeerGone(
      std::move(why), DisconnectInfo::Reason::kKeepaliveTimeout);
}

// ---- Events of the stall watch

const WriterProgress& ClientConnection::Events::writer_progress() const {
  return connection_->writer_.progress();
}

absl::optional<uint64_t> ClientConnection::Events::AckedBytes() {
  return connection_->endpoint_->AckedBytes();
}

size_t ClientConnection::Events::KernelBytes() {
  return connection_->endpoint_->KernelBytes();
}

size_t ClientConnection::Events::OpenStreams() {
  return connection_->active_streams();
}

uint64_t ClientConnection::Events::EndedStreams() {
  return connection_->streams_.ended();
}

void ClientConnection::Events::OnStallLine(const std::string& line) {
  Log(GPR_ERROR, "%s", line.c_str());
}

void ClientConnection::Events::OnWriteStallTimeout(absl::Status why) {
  connection_->closer_->CloseOnPeerGone(std::move(why),
                                        DisconnectInfo::Reason::kSocketError);
}

// ---- Events of the close

void ClientConnection::Events::OnDisconnect(absl::Status status,
                                            const DisconnectInfo& info) {
  connection_->observer_->OnDisconnect(std::move(status), info);
}

void ClientConnection::Events::OnClosing(const absl::Status& status) {
  connection_->pings_->Stop(status);
  connection_->stall_watch_->Stop();
  connection_->reserve_timer_->Stop();
  connection_->messages_timer_->Stop();
  connection_->ping_acks_timer_->Stop();
  connection_->settings_->Stop();
}

void ClientConnection::Events::OnEndpointClosed() {
  connection_->buffer_.Put(CloseConnection{});
  Flush();
}

void ClientConnection::Events::Flush() { connection_->Flush(); }

}  // namespace loopy
