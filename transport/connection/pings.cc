#include "transport/connection/pings.h"

#include <utility>

#include "transport/base/trace.h"

namespace loopy {

std::shared_ptr<Pings> Pings::Create(Clock* clock,
                                     const ConnectionOptions& options,
                                     std::weak_ptr<Observer> observer) {
  std::shared_ptr<Pings> pings(new Pings(clock, options, std::move(observer)));
  pings->keepalive_ = std::make_shared<Keepalive>(
      clock, options, std::weak_ptr<Keepalive::Observer>(pings));
  return pings;
}

Pings::Pings(Clock* clock, const ConnectionOptions& options,
             std::weak_ptr<Observer> observer)
    : clock_(clock),
      timeout_(options.ping_timeout),
      bdp_probe_(options.bdp_probe),
      observer_(std::move(observer)),
      bdp_(options.stream_window),
      policy_(options) {}

void Pings::Stop(const absl::Status& status) {
  keepalive_->Stop();
  Ping waiting;
  std::vector<Ping> sent;
  Clock::TimerHandle timer = 0;
  {
    MutexLock lock(&mu_);
    if (!stop_status_.ok()) return;
    stop_status_ = status;
    is_asked_ = false;
    waiting = std::exchange(next_, {});
    for (auto& entry : in_flight_) sent.push_back(std::move(entry.second));
    in_flight_.clear();
    timer = std::exchange(send_timer_, 0);
  }
  clock_->Cancel(timer);
  sent.push_back(std::move(waiting));
  for (Ping& ping : sent) {
    clock_->Cancel(ping.timeout);
    RunAll(&ping.on_written, status);
  }
  for (Ping& ping : sent) RunAll(&ping.on_ack, status);
}

void Pings::Ask(Callback on_written, Callback on_ack) {
  absl::Status refused;
  Callback refused_on_written;
  Callback refused_on_ack;
  {
    MutexLock lock(&mu_);
    refused = stop_status_;
    if (refused.ok()) {
      is_asked_ = true;
      next_.on_written.push_back(std::move(on_written));
      next_.on_ack.push_back(std::move(on_ack));
    } else {
      refused_on_written = std::move(on_written);
      refused_on_ack = std::move(on_ack);
    }
  }
  if (!refused.ok()) {
    refused_on_written(refused);
    refused_on_ack(refused);
    return;
  }
  MaybeSend();
}

// ---- The reader's events

bool Pings::OnData(uint32_t n) {
  Note(&data_received_);
  if (!bdp_probe_ || !bdp_.Add(n)) return false;
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return false;
  const bool any_streams = observer->HasStreams();
  const absl::Time now = clock_->Now();
  ToPut ping;
  {
    MutexLock lock(&mu_);
    if (!stop_status_.ok()) return false;
    if (DelayLocked(now, any_streams) > absl::ZeroDuration()) {
      return false;  // more DATA will ask again
    }
    ping = SendLocked(now);
  }
  bdp_.OnPingPut();
  bdp_ping_ = ping.opaque;
  Put(observer.get(), ping);
  return true;
}

absl::optional<uint32_t> Pings::OnAck(uint64_t opaque) {
  const absl::Time now = clock_->Now();
  Ping ping;
  absl::optional<uint32_t> window;
  {
    MutexLock lock(&mu_);
    const auto found = in_flight_.find(opaque);
    // A peer may acknowledge what it has not got.
    if (found == in_flight_.end() || !found->second.written_at.has_value()) {
      return window;
    }
    ping = std::move(found->second);
    in_flight_.erase(found);
  }
  if (opaque == bdp_ping_) {
    bdp_.TimeSnap(*ping.written_at);
    window = bdp_.Calculate(now);
  }
  clock_->Cancel(ping.timeout);
  RunAll(&ping.on_ack, absl::OkStatus());
  MaybeSend();
  return window;
}

// ---- The writer's events

void Pings::OnPingWritten(uint64_t opaque) {
  const absl::Time now = clock_->Now();
  std::vector<Callback> on_written;
  {
    MutexLock lock(&mu_);
    const auto found = in_flight_.find(opaque);
    if (found == in_flight_.end()) return;
    found->second.written_at = now;
    on_written.swap(found->second.on_written);
  }
  if (timeout_ != absl::InfiniteDuration()) StartTimeout(opaque);
  RunAll(&on_written, absl::OkStatus());
}

void Pings::OnDataWritten() {
  Note(&data_sent_);
  if (is_asked_.load()) MaybeSend();
}

void Pings::StartTimeout(uint64_t opaque) {
  const Clock::TimerHandle timer =
      clock_->RunAfter(timeout_, [self = shared_from_this(), opaque] {
        {
          MutexLock lock(&self->mu_);
          if (!self->in_flight_.contains(opaque)) return;
        }
        if (const auto observer = self->observer_.lock()) {
          observer->OnPeerGone(absl::UnavailableError("ping timeout"));
        }
      });
  {
    MutexLock lock(&mu_);
    const auto found = in_flight_.find(opaque);
    if (found != in_flight_.end()) {
      found->second.timeout = timer;
      return;
    }
  }
  clock_->Cancel(timer);
}

// ---- Keepalive

bool Pings::HasStreams() {
  const std::shared_ptr<Observer> observer = observer_.lock();
  return observer != nullptr && observer->HasStreams();
}

void Pings::OnKeepalivePing() {
  bool is_under_way = false;
  {
    MutexLock lock(&mu_);
    if (!stop_status_.ok()) return;
    is_under_way = !in_flight_.empty();
    if (!is_under_way) {
      is_asked_ = true;
      next_.is_keepalive = true;
    }
  }
  if (is_under_way) {
    keepalive_->OnPingSent();  // the answer to that one will do
    return;
  }
  MaybeSend();
  if (const auto observer = observer_.lock()) observer->Flush();
}

void Pings::OnKeepaliveTimeout() {
  if (const auto observer = observer_.lock()) {
    observer->OnPeerGone(absl::UnavailableError("keepalive watchdog timeout"));
  }
}

// ---- Sending

absl::Duration Pings::DelayLocked(absl::Time now, bool any_streams) {
  if (data_received_.exchange(false)) policy_.OnDataReceived();
  if (data_sent_.exchange(false)) policy_.OnDataSent();
  return policy_.Delay(now, any_streams, in_flight_.size());
}

void Pings::MaybeSend() {
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return;
  const bool any_streams = observer->HasStreams();
  const absl::Time now = clock_->Now();
  ToPut ping;
  absl::Duration delay;
  {
    MutexLock lock(&mu_);
    if (!is_asked_) return;
    delay = DelayLocked(now, any_streams);
    if (delay <= absl::ZeroDuration()) ping = SendLocked(now);
  }
  if (ping.opaque != 0) {
    Put(observer.get(), ping);
  } else if (delay != absl::InfiniteDuration()) {
    LOOPY_TRACE(connection_trace, "a ping waits for %s",
                absl::FormatDuration(delay).c_str());
    SendAt(now + delay, delay);
  }
}

Pings::ToPut Pings::SendLocked(absl::Time now) {
  policy_.OnPingSent(now);
  is_asked_ = false;
  const ToPut ping{++last_opaque_, next_.is_keepalive};
  in_flight_.emplace(ping.opaque, std::exchange(next_, {}));
  return ping;
}

void Pings::Put(Observer* observer, const ToPut& ping) {
  observer->PutPing(ping.opaque, ping.is_keepalive);
  if (ping.is_keepalive) keepalive_->OnPingSent();
}

void Pings::SendAt(absl::Time due, absl::Duration delay) {
  Clock::TimerHandle obsolete = 0;
  {
    MutexLock lock(&mu_);
    if (!stop_status_.ok() || send_due_ <= due) return;
    send_due_ = due;
    obsolete = std::exchange(send_timer_, 0);
  }
  clock_->Cancel(obsolete);
  const Clock::TimerHandle timer =
      clock_->RunAfter(delay, [self = shared_from_this(), due] {
        {
          MutexLock lock(&self->mu_);
          if (self->send_due_ != due) return;
          self->send_due_ = absl::InfiniteFuture();
          self->send_timer_ = 0;
        }
        self->MaybeSend();
        if (const auto observer = self->observer_.lock()) {
          observer->Flush();
        }
      });
  {
    MutexLock lock(&mu_);
    if (stop_status_.ok() && send_due_ == due) {
      send_timer_ = timer;
      return;
    }
  }
  clock_->Cancel(timer);  // it ran, or is not wanted any more
}

void Pings::RunAll(std::vector<Callback>* callbacks,
                   const absl::Status& status) {
  for (Callback& callback : *callbacks) callback(status);
}

}  // namespace loopy
