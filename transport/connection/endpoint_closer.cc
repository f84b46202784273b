#include "transport/connection/endpoint_closer.h"

#include <algorithm>
#include <utility>

namespace loopy {
namespace {

// How often to ask whether the kernel has sent GOAWAY: nobody tells.
constexpr absl::Duration kUnsentPoll = absl::Milliseconds(5);

}  // namespace

EndpointCloser::EndpointCloser(Clock* clock, Endpoint* endpoint,
                               std::weak_ptr<Observer> observer)
    : clock_(clock), endpoint_(endpoint), observer_(std::move(observer)) {}

void EndpointCloser::Linger(absl::Duration timeout) {
  const absl::Time end = clock_->Now() + timeout;
  {
    MutexLock lock(&mu_);
    linger_end_ = end;
  }
  StartTimer(timeout);
}

void EndpointCloser::OnGoAwayWritten() {
  {
    MutexLock lock(&mu_);
    goaway_written_ = true;
  }
  ContinueLinger();
}

void EndpointCloser::ContinueLinger() {
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

void EndpointCloser::StartTimer(absl::Duration delay) {
  Clock::TimerHandle replaced = clock_->RunAfter(
      delay, [self = shared_from_this()] { self->ContinueLinger(); });
  {
    MutexLock lock(&mu_);
    // The peer may have closed meanwhile.
    if (!shut_) std::swap(replaced, timer_);
  }
  clock_->Cancel(replaced);
}

void EndpointCloser::Shutdown(absl::Status why) {
  if (!BeginShutdown()) return;
  endpoint_->Shutdown(std::move(why));
  Leave();
}

void EndpointCloser::Abort(absl::Status why) {
  if (!BeginShutdown()) return;
  endpoint_->Abort(std::move(why));
  Leave();
}

bool EndpointCloser::BeginShutdown() {
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

void EndpointCloser::Leave() {
  {
    MutexLock lock(&mu_);
    --inside_;
  }
  MaybeTell();
}

void EndpointCloser::OnReaderEnded() {
  {
    MutexLock lock(&mu_);
    reader_ended_ = true;
  }
  MaybeTell();
}

void EndpointCloser::MaybeTell() {
  {
    MutexLock lock(&mu_);
    if (!reader_ended_ || !shut_ || inside_ > 0) return;
    if (std::exchange(told_, true)) return;
  }
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer != nullptr) observer->OnEndpointClosed();
}

}  // namespace loopy
