#include "transport/connection/connection_closer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "transport/base/trace.h"

namespace loopy {
namespace {

// The closer asks the kernel this often whether it has sent GOAWAY: nothing
// reports it.
constexpr absl::Duration kUnsentPoll = absl::Milliseconds(5);

void FailAll(const std::vector<ConnectionStreams::StreamPtr>& streams,
             const absl::Status& status, StreamEnd::Processed processed) {
  for (const ConnectionStreams::StreamPtr& stream : streams) {
    stream->Fail(status, processed);
  }
}

}  // namespace

ConnectionCloser::ConnectionCloser(Clock* clock, Endpoint* endpoint,
                                   ControlBuffer* buffer,
                                   ConnectionStreams* streams,
                                   const ConnectionOptions& options,
                                   std::weak_ptr<Observer> observer)
    : clock_(clock),
      endpoint_(endpoint),
      buffer_(buffer),
      streams_(streams),
      goaway_timeout_(options.goaway_timeout),
      observer_(std::move(observer)) {}

bool ConnectionCloser::is_open() {
  MutexLock lock(&mu_);
  return state_ == State::kOpen;
}

// ---- Draining

void ConnectionCloser::DrainLocked() {
  state_ = State::kDraining;
  streams_->Refuse(goaway_.Explain(
      absl::UnavailableError("the connection takes no new streams")));
}

void ConnectionCloser::Drain(absl::Status why) {
  bool none_left = false;
  {
    MutexLock lock(&mu_);
    if (state_ != State::kOpen) return;
    DrainLocked();
    none_left = streams_->size() == 0;
  }
  Disconnect(why, DisconnectInfo::Reason::kOther);
  if (none_left) Close(std::move(why));
}

void ConnectionCloser::OnIdle() {
  {
    MutexLock lock(&mu_);
    if (state_ != State::kDraining || streams_->size() != 0) return;
  }
  Close(absl::UnavailableError("the last stream has ended"));
}

Http2Error ConnectionCloser::OnGoAway(const GoAwayFrame& frame) {
  std::vector<ConnectionStreams::StreamPtr> unprocessed;
  absl::Status status;
  bool none_left = false;
  {
    MutexLock lock(&mu_);
    Http2Error error = goaway_.OnFrame(frame);
    if (!error.ok() || state_ == State::kClosing) return error;
    DrainLocked();
    unprocessed = streams_->TakeAbove(frame.last_stream_id);
    none_left = streams_->size() == 0;
    status = goaway_.UnprocessedStatus();
  }
  LOOPY_TRACE(connection_trace, "%s", status.ToString().c_str());
  Disconnect(status, DisconnectInfo::Reason::kGoAway);
  FailAll(unprocessed, status, StreamEnd::Processed::kNotSeenByServer);
  if (none_left) Close(std::move(status));
  return Http2Error::Ok();
}

void ConnectionCloser::Disconnect(absl::Status status,
                                  DisconnectInfo::Reason reason) {
  DisconnectInfo info;
  info.reason = reason;
  {
    MutexLock lock(&mu_);
    if (std::exchange(disconnect_reported_, true)) return;
    goaway_.FillIn(&info);
  }
  if (const auto observer = observer_.lock()) {
    observer->OnDisconnect(std::move(status), info);
  }
}

// ---- Ways into the close

void ConnectionCloser::Close(absl::Status why) {
  bool write_failed = false;
  {
    MutexLock lock(&mu_);
    write_failed = !write_error_.ok();
  }
  if (write_failed) {
    CloseAtOnce(why);
  } else {
    Begin(why, GoAway::ForClose());
  }
}

void ConnectionCloser::CloseOnError(const Http2Error& error) {
  Begin(absl::UnavailableError(error.ToString()), GoAway::ForError(error));
}

void ConnectionCloser::CloseOnPeerGone(absl::Status why,
                                       DisconnectInfo::Reason reason) {
  // No GOAWAY would reach it (gRFC A8).
  Begin(why, absl::nullopt, reason);
  Abort(why);
}

void ConnectionCloser::OnProtocolError(const Http2Error& error) {
  LOOPY_TRACE(connection_trace, "%s", error.ToString().c_str());
  CloseOnError(error);
  OnReaderEnded();
}

void ConnectionCloser::OnReadFailed(const absl::Status& status) {
  absl::Status why = absl::UnavailableError(status.message());
  {
    MutexLock lock(&mu_);
    if (!write_error_.ok()) why = write_error_;  // it came first
  }
  CloseAtOnce(why);
  OnReaderEnded();
}

void ConnectionCloser::OnWriteFailed(const absl::Status& status,
                                     uint32_t first_unsent_stream) {
  const absl::Status why = absl::UnavailableError(status.message());
  std::vector<ConnectionStreams::StreamPtr> unsent;
  bool reader_goes_on = false;
  {
    MutexLock lock(&mu_);
    write_error_ = why;
    if (state_ == State::kOpen) DrainLocked();
    if (first_unsent_stream != 0) {
      unsent = streams_->TakeAbove(first_unsent_stream - 1);
    }
    reader_goes_on = state_ == State::kDraining && streams_->size() > 0;
  }
  if (reader_goes_on || !unsent.empty()) {
    // Before calls are made again: they need another connection.
    Disconnect(why, DisconnectInfo::Reason::kSocketError);
  }
  FailAll(unsent, why, StreamEnd::Processed::kNotSentOnWire);
  if (reader_goes_on) {
    Linger(ReadAfterFailedWrite());
  } else {
    CloseAtOnce(why);
  }
}

void ConnectionCloser::CloseAtOnce(const absl::Status& why) {
  Begin(why, absl::nullopt, DisconnectInfo::Reason::kSocketError);
  Shutdown(why);
}

// ---- Steps (a) to (c)

void ConnectionCloser::Begin(const absl::Status& why,
                             absl::optional<SendGoAway> goaway,
                             DisconnectInfo::Reason reason) {
  std::vector<ConnectionStreams::StreamPtr> streams;
  absl::Status status;
  {
    MutexLock lock(&mu_);
    if (state_ == State::kClosing) return;
    state_ = State::kClosing;
    status = goaway_.Explain(absl::UnavailableError(why.message()));
    streams_->Refuse(status);
    streams = streams_->TakeAbove(0);
  }
  LOOPY_TRACE(connection_trace, "closes: %s", status.ToString().c_str());
  Disconnect(status, reason);
  FailAll(streams, status, StreamEnd::Processed::kPossiblyProcessed);
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return;
  observer->OnClosing(status);
  if (goaway.has_value()) {
    Linger(goaway_timeout_);
    buffer_->Put(*std::move(goaway));
  }
  // Without GOAWAY, too: the endpoint may be gone already, and then this drops
  // what was put.
  observer->Flush();
}

// ---- Step (d)

void ConnectionCloser::Linger(absl::Duration timeout) {
  const absl::Time end = clock_->Now() + timeout;
  {
    MutexLock lock(&mu_);
    linger_end_ = end;
  }
  StartTimer(timeout);
}

void ConnectionCloser::OnGoAwayWritten() {
  {
    MutexLock lock(&mu_);
    goaway_written_ = true;
  }
  ContinueLinger();
}

void ConnectionCloser::ContinueLinger() {
  const absl::Time now = clock_->Now();
  bool written = false;
  absl::Duration left;
  {
    MutexLock lock(&mu_);
    if (shut_) return;
    written = goaway_written_;
    left = linger_end_ - now;
    ++inside_;
  }
  const bool sent = written && !endpoint_->HasUnsentBytes();
  Leave();
  if (sent) {
    Shutdown(absl::UnavailableError("the connection is closed"));
  } else if (left <= absl::ZeroDuration()) {
    Abort(absl::UnavailableError("GOAWAY could not be written in time"));
  } else {
    StartTimer(written ? std::min(left, kUnsentPoll) : left);
  }
}

void ConnectionCloser::StartTimer(absl::Duration delay) {
  Clock::TimerHandle replaced = clock_->RunAfter(
      delay, [self = shared_from_this()] { self->ContinueLinger(); });
  {
    MutexLock lock(&mu_);
    // The peer may have closed meanwhile.
    if (!shut_) std::swap(replaced, timer_);
  }
  clock_->Cancel(replaced);
}

// ---- Step (e)

void ConnectionCloser::Shutdown(const absl::Status& why) {
  if (!BeginShutdown()) return;
  endpoint_->Shutdown(why);
  Leave();
}

void ConnectionCloser::Abort(const absl::Status& why) {
  if (!BeginShutdown()) return;
  endpoint_->Abort(why);
  Leave();
}

bool ConnectionCloser::BeginShutdown() {
  Clock::TimerHandle timer = 0;
  {
    MutexLock lock(&mu_);
    if (std::exchange(shut_, true)) return false;
    ++inside_;
    timer = std::exchange(timer_, 0);
  }
  clock_->Cancel(timer);
  return true;
}

void ConnectionCloser::Leave() {
  {
    MutexLock lock(&mu_);
    --inside_;
  }
  MaybeReportClosed();
}

void ConnectionCloser::OnReaderEnded() {
  {
    MutexLock lock(&mu_);
    reader_ended_ = true;
  }
  MaybeReportClosed();
}

void ConnectionCloser::MaybeReportClosed() {
  {
    MutexLock lock(&mu_);
    if (!reader_ended_ || !shut_ || inside_ > 0) return;
    if (std::exchange(closed_reported_, true)) return;
  }
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer != nullptr) observer->OnEndpointClosed();
}

}  // namespace loopy
