#include "transport/connection/client_connection.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "transport/base/trace.h"

namespace loopy {
namespace {

// Streams that may be opened before the peer's first SETTINGS (grpc-go).
constexpr uint32_t kMaxConcurrentBeforeSettings = 100;

// Receive windows do not grow where memory is shorter than this, as chttp2's
// shrink from there on.
constexpr double kHighPressure = 0.5;

}  // namespace

std::shared_ptr<ClientConnection> ClientConnection::Create(
    std::unique_ptr<Endpoint> endpoint, Clock* clock,
    const ConnectionOptions& options,
    std::shared_ptr<ConnectionObserver> observer) {
  std::shared_ptr<ClientConnection> connection(new ClientConnection(
      std::move(endpoint), clock, options, std::move(observer)));
  connection->pings_ =
      Pings::Create(clock, options, std::weak_ptr<Pings::Observer>(connection));
  connection->reserve_timer_ = std::make_shared<ReserveTimer>(
      clock, std::weak_ptr<ReserveTimer::Observer>(connection));
  connection->settings_timeout_ = std::make_shared<SettingsTimeout>(
      clock, options.settings_timeout,
      std::weak_ptr<SettingsTimeout::Observer>(connection));
  connection->closer_ = std::make_shared<EndpointCloser>(
      clock, connection->endpoint_.get(),
      std::weak_ptr<EndpointCloser::Observer>(connection));
  return connection;
}

ClientConnection::ClientConnection(std::unique_ptr<Endpoint> endpoint,
                                   Clock* clock,
                                   const ConnectionOptions& options,
                                   std::shared_ptr<ConnectionObserver> observer)
    : clock_(clock),
      options_(options),
      observer_(std::move(observer)),
      stream_window_(options.stream_window),
      endpoint_(std::move(endpoint)),
      writer_(&buffer_, endpoint_.get(), clock_, this, options),
      reader_(endpoint_.get(), &buffer_, this, options) {
  streams_.set_next_id(options.first_stream_id);
  streams_.set_max_concurrent(kMaxConcurrentBeforeSettings);
}

SettingsFrame ClientConnection::InitialSettings() const {
  Settings settings;
  settings.enable_push = false;
  settings.header_table_size = options_.header_table_size;
  settings.initial_window_size = options_.stream_window;
  settings.max_frame_size = options_.max_frame_size;
  settings.max_header_list_size = options_.max_header_list_size;
  return settings.ToFrame();
}

void ClientConnection::Start(SliceBuffer leftover) {
  {
    MutexLock lock(&mu_);
    self_ = shared_from_this();
  }
  endpoint_->SetObservers(&reader_, &writer_);
  pings_->Start();  // before anything can fail, and stop it
  settings_timeout_->OnPut();
  buffer_.Put(SendSettings{
      InitialSettings(),
      std::max(options_.connection_window, kDefaultWindow) - kDefaultWindow});
  Flush();
  reader_.Start(&leftover);
}

std::shared_ptr<Stream> ClientConnection::NewStream() {
  return std::make_shared<Stream>(shared_from_this(), &buffer_, clock_,
                                  options_);
}

// ---- Streams

OutboundStream::Send ClientConnection::OpenStream(
    const std::shared_ptr<Stream>& stream) {
  absl::Status no_new_streams;
  absl::Status too_large;
  bool waits = false;
  bool used_up = false;
  {
    MutexLock lock(&mu_);
    no_new_streams = NoNewStreamsLocked();
    too_large = CheckRequestSizeLocked(stream->outbound()->request_headers);
    if (no_new_streams.ok() && too_large.ok()) {
      waits = !streams_.CanOpen() || streams_.has_waiting();
      if (waits) {
        streams_.Wait(stream);
      } else {
        streams_.Open(stream);
        OpenLocked(stream);
      }
      used_up = streams_.ShouldDrain();
    }
  }
  if (!no_new_streams.ok()) {
    stream->Fail(std::move(no_new_streams),
                 StreamEnd::Processed::kNotSentOnWire);
    return OutboundStream::Send::kEnded;
  }
  if (!too_large.ok()) {  // on another connection, too: no transparent retry
    stream->Cancel(std::move(too_large));
    return OutboundStream::Send::kEnded;
  }
  pings_->OnStreamOpened();
  if (used_up) DrainUsedUpIds();
  return waits ? OutboundStream::Send::kWaits : OutboundStream::Send::kAccepted;
}

absl::Status ClientConnection::NoNewStreamsLocked() {
  if (!close_status_.ok()) return close_status_;
  if (state_ == State::kOpen) {
    if (!options_.rejects_streams_above_limit || streams_.CanOpen()) {
      return absl::OkStatus();
    }
    return absl::ResourceExhaustedError("Too many streams");
  }
  return ClosingStatusLocked(
      absl::UnavailableError("the connection takes no new streams"));
}

absl::Status ClientConnection::CheckRequestSizeLocked(
    const HeaderList& headers) {
  const absl::optional<uint32_t> limit = peer_settings_.max_header_list_size;
  if (!limit.has_value() || headers.hpack_size() <= *limit) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("to-be-sent initial metadata size exceeds peer limit (",
                   headers.hpack_size(), " vs. ", *limit, ")"));
}

void ClientConnection::OpenLocked(const std::shared_ptr<Stream>& stream) {
  // Under the lock, so that HEADERS go out in the order of their ids, and no
  // change of the window is missed.
  if (stream_window_ != options_.stream_window) {
    stream->SetReceiveWindow(stream_window_);
  }
  stream->outbound()->Open();
}

std::vector<std::shared_ptr<Stream>> ClientConnection::OpenWaitingLocked() {
  std::vector<std::shared_ptr<Stream>> opened;
  while (std::shared_ptr<Stream> stream = streams_.OpenNextWaiting()) {
    OpenLocked(stream);
    opened.push_back(std::move(stream));
  }
  return opened;
}

void ClientConnection::DrainUsedUpIds() {
  const absl::Status status =
      absl::UnavailableError("the connection's stream ids are used up");
  std::vector<std::shared_ptr<Stream>> waiting;
  {
    MutexLock lock(&mu_);
    waiting = streams_.TakeWaiting();
  }
  Drain(status);
  for (const std::shared_ptr<Stream>& stream : waiting) {
    stream->Fail(status, StreamEnd::Processed::kNotSentOnWire);
  }
}

void ClientConnection::CloseStream(const std::shared_ptr<Stream>& stream) {
  std::vector<std::shared_ptr<Stream>> opened;
  bool used_up = false;
  bool idle = false;
  bool drained = false;
  {
    MutexLock lock(&mu_);
    streams_.Remove(stream.get());
    // The ended stream's RST_STREAM goes first, as it was linked before: the
    // peer must not see one stream more than it allows.
    opened = OpenWaitingLocked();
    used_up = streams_.has_waiting() && streams_.ShouldDrain();
    idle = streams_.size() == 0;
    drained = idle && state_ == State::kDraining;
  }
  for (const std::shared_ptr<Stream>& next : opened) next->OnOpened();
  if (used_up) DrainUsedUpIds();
  if (idle) observer_->OnIdle();
  if (drained) Close(absl::UnavailableError("the last stream has ended"));
}

std::shared_ptr<Stream> ClientConnection::FindStream(uint32_t id,
                                                     bool* was_opened) {
  MutexLock lock(&mu_);
  *was_opened = streams_.WasOpened(id);
  return streams_.Find(id);
}

size_t ClientConnection::active_streams() {
  MutexLock lock(&mu_);
  return streams_.size();
}

// ---- What the peer says of the connection

Http2Error ClientConnection::OnPeerSettings(const SettingsFrame& frame) {
  Settings settings;
  bool first = false;
  uint32_t max_concurrent = 0;
  bool max_concurrent_changed = false;
  bool used_up = false;
  std::vector<std::shared_ptr<Stream>> opened;
  {
    MutexLock lock(&mu_);
    const absl::optional<uint32_t> old = peer_settings_.max_concurrent_streams;
    Http2Error error = peer_settings_.Apply(frame);
    if (!error.ok()) return error;
    settings = peer_settings_;
    // A connection that takes no streams any more does not become ready.
    first = !std::exchange(ready_, true) && state_ == State::kOpen;
    max_concurrent = settings.max_concurrent_streams.value_or(
        std::numeric_limits<uint32_t>::max());
    max_concurrent_changed = first || settings.max_concurrent_streams != old;
    streams_.set_max_concurrent(max_concurrent);
    opened = OpenWaitingLocked();
    used_up = streams_.has_waiting() && streams_.ShouldDrain();
  }
  for (const std::shared_ptr<Stream>& stream : opened) stream->OnOpened();
  if (used_up) DrainUsedUpIds();
  buffer_.PutPeerSettings(settings);
  if (max_concurrent_changed) observer_->OnMaxConcurrentStreams(max_concurrent);
  if (first) observer_->OnReady();
  return Http2Error::Ok();
}

Http2Error ClientConnection::OnGoAway(const GoAwayFrame& frame) {
  std::vector<std::shared_ptr<Stream>> unprocessed;
  absl::Status status;
  bool none_left = false;
  {
    MutexLock lock(&mu_);
    Http2Error error = goaway_.OnFrame(frame);
    if (!error.ok()) return error;
    if (state_ != State::kOpen && state_ != State::kDraining) return error;
    state_ = State::kDraining;
    unprocessed = streams_.TakeAbove(frame.last_stream_id);
    none_left = streams_.size() == 0;
    status = absl::UnavailableError(
        absl::StrCat("the server said GOAWAY: ", goaway_.reason()));
  }
  LOOPY_TRACE(connection_trace, "%s", status.ToString().c_str());
  Disconnect(status, DisconnectInfo::Reason::kGoAway);
  for (const std::shared_ptr<Stream>& stream : unprocessed) {
    stream->Fail(status, StreamEnd::Processed::kNotSeenByServer);
  }
  if (none_left) Close(std::move(status));
  return Http2Error::Ok();
}

void ClientConnection::Drain(absl::Status why) {
  bool none_left = false;
  {
    MutexLock lock(&mu_);
    if (state_ != State::kOpen) return;
    state_ = State::kDraining;
    none_left = streams_.size() == 0;
  }
  Disconnect(why, DisconnectInfo::Reason::kOther);
  if (none_left) Close(std::move(why));
}

void ClientConnection::DrainIfIdle(absl::Status why) {
  if (active_streams() == 0) Drain(std::move(why));
}

bool ClientConnection::AbandonStream(const absl::Status& why) {
  std::vector<std::shared_ptr<Stream>> streams;
  {
    MutexLock lock(&mu_);
    streams = streams_.OpenStreams();
  }
  if (streams.empty()) return false;
  streams.front()->Cancel(why, Http2ErrorCode::kEnhanceYourCalm);
  Flush();
  return streams.size() > 1;
}

void ClientConnection::Disconnect(absl::Status status,
                                  DisconnectInfo::Reason reason) {
  DisconnectInfo info;
  info.reason = reason;
  {
    MutexLock lock(&mu_);
    if (std::exchange(disconnect_told_, true)) return;
    if (goaway_.received()) info.goaway_code = goaway_.code();
    info.too_many_pings = goaway_.too_many_pings();
  }
  observer_->OnDisconnect(std::move(status), info);
}

// ---- Flow control and pings

void ClientConnection::OnPingAck(uint64_t opaque) {
  const absl::optional<uint32_t> window = pings_->OnAck(opaque);
  if (window.has_value() && observer_->MemoryPressure() < kHighPressure) {
    SetReceiveWindows(*window);
  }
}

void ClientConnection::SetReceiveWindows(uint32_t window) {
  LOOPY_TRACE(flow_trace, "receive windows are %u bytes now", window);
  reader_.SetConnectionWindow(window);
  settings_timeout_->OnPut();
  Settings settings;
  settings.initial_window_size = window;
  std::vector<std::shared_ptr<Stream>> streams;
  {
    MutexLock lock(&mu_);
    stream_window_ = window;
    streams = streams_.OpenStreams();
    buffer_.Put(SendSettings{settings.ToFrame(), 0});
  }
  for (const std::shared_ptr<Stream>& stream : streams) {
    stream->SetReceiveWindow(window);
  }
}

void ClientConnection::Ping(Pings::Callback on_written,
                            Pings::Callback on_ack) {
  pings_->Ask(std::move(on_written), std::move(on_ack));
  Flush();
}

void ClientConnection::PutPing(uint64_t opaque, bool is_keepalive) {
  LOOPY_TRACE(connection_trace, "%s %llu",
              is_keepalive ? "keepalive ping" : "ping",
              static_cast<unsigned long long>(opaque));
  buffer_.Put(SendPing{opaque});
  observer_->OnPingSent(is_keepalive);
}

void ClientConnection::OnPeerGone(absl::Status why) {
  // No GOAWAY would reach it (gRFC A8).
  BeginClose(why, absl::nullopt, DisconnectInfo::Reason::kKeepaliveTimeout);
  closer_->Abort(why);
}

void ClientConnection::OnSettingsTimeout() {
  CloseOnError(Http2Error::Connection(Http2ErrorCode::kSettingsTimeout,
                                      "settings timeout"));
}

}  // namespace loopy
