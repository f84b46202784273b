#include <utility>

#include "absl/strings/str_cat.h"
#include "transport/base/trace.h"
#include "transport/connection/client_connection.h"

// How a connection ends: docs/close.md.

namespace loopy {
namespace {

constexpr char kGoAwayText[] = "client transport shutdown";

}  // namespace

absl::Status ClientConnection::ClosingStatusLocked(const absl::Status& why) {
  if (!goaway_.received()) return why;
  return absl::Status(
      why.code(), absl::StrCat("closing transport due to: ", why.message(),
                               ", received prior goaway: ", goaway_.reason()));
}

void ClientConnection::Close(absl::Status why) {
  absl::Status write_error;
  {
    MutexLock lock(&mu_);
    write_error = write_error_;
  }
  if (write_error.ok()) {
    BeginClose(std::move(why),
               SendGoAway{Http2ErrorCode::kNoError, kGoAwayText});
  } else {
    CloseAtOnce(std::move(why));
  }
}

void ClientConnection::CloseOnError(const Http2Error& error) {
  BeginClose(absl::UnavailableError(error.ToString()),
             SendGoAway{error.code(), std::string(error.text())});
}

void ClientConnection::BeginClose(absl::Status why,
                                  absl::optional<SendGoAway> goaway,
                                  DisconnectInfo::Reason reason) {
  std::vector<std::shared_ptr<Stream>> streams;
  absl::Status status;
  {
    MutexLock lock(&mu_);
    if (state_ == State::kClosing || state_ == State::kReleased) return;
    state_ = State::kClosing;
    status = ClosingStatusLocked(
        absl::UnavailableError(absl::string_view(why.message())));
    close_status_ = status;
    streams = streams_.TakeAbove(0);
  }
  LOOPY_TRACE(connection_trace, "closes: %s", status.ToString().c_str());
  Disconnect(status, reason);
  for (const std::shared_ptr<Stream>& stream : streams) {
    stream->Fail(status, StreamEnd::Processed::kPossiblyProcessed);
  }
  pings_->Stop(status);
  reserve_timer_->Stop();
  settings_timeout_->Stop();
  if (!goaway.has_value()) {
    Flush();  // the endpoint may be released already: drops what was put
    return;
  }
  closer_->Linger(options_.goaway_timeout);
  buffer_.Put(*std::move(goaway));
  Flush();
}

void ClientConnection::OnProtocolError(Http2Error error) {
  LOOPY_TRACE(connection_trace, "%s", error.ToString().c_str());
  CloseOnError(error);
  closer_->OnReaderEnded();
}

void ClientConnection::OnReadFailed(absl::Status status) {
  absl::Status why = absl::UnavailableError(status.message());
  {
    MutexLock lock(&mu_);
    if (!write_error_.ok()) why = write_error_;  // it came first
  }
  CloseAtOnce(std::move(why));
  closer_->OnReaderEnded();
}

void ClientConnection::OnWriterError(Http2Error error) {
  if (error.scope() == Http2Error::Scope::kConnection) {
    CloseOnError(error);
    return;
  }
  bool was_opened = false;
  const std::shared_ptr<Stream> stream =
      FindStream(error.stream_id(), &was_opened);
  if (stream != nullptr) stream->OnError(error);
}

void ClientConnection::OnWriteFailed(absl::Status status) {
  const absl::Status why = absl::UnavailableError(status.message());
  bool reader_goes_on = false;
  {
    MutexLock lock(&mu_);
    write_error_ = why;
    if (state_ == State::kOpen) state_ = State::kDraining;
    reader_goes_on = state_ == State::kDraining && streams_.size() > 0;
  }
  if (!reader_goes_on) {
    CloseAtOnce(why);
    return;
  }
  Disconnect(why, DisconnectInfo::Reason::kSocketError);
  closer_->Linger(ReadAfterFailedWrite());
}

void ClientConnection::CloseAtOnce(absl::Status why) {
  BeginClose(why, absl::nullopt, DisconnectInfo::Reason::kSocketError);
  closer_->Shutdown(std::move(why));
}

void ClientConnection::OnBulkHeldBack() { reserve_timer_->Start(); }

void ClientConnection::OnReserveTimer() {
  buffer_.Put(ReleaseReserve{});
  Flush();
}

void ClientConnection::OnEndpointClosed() {
  buffer_.Put(CloseConnection{});
  Flush();
}

void ClientConnection::OnWriterFinished() {
  std::shared_ptr<ClientConnection> self;
  {
    MutexLock lock(&mu_);
    state_ = State::kReleased;
    self = std::move(self_);
  }
  LOOPY_TRACE(connection_trace, "the endpoint is released");
  endpoint_.reset();
  observer_->OnReleased();
}

}  // namespace loopy
