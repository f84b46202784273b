#include "transport/adapter/transport/connection_state_tracker.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "transport/adapter/release.h"
#include "transport/base/log.h"
#include "transport/base/trace.h"

namespace loopy {

ConnectionStateTracker::ConnectionStateTracker(
    std::string peer, absl::Duration keepalive_time,
    std::shared_ptr<Clock> clock, std::shared_ptr<TransportStats> stats)
    : clock_(std::move(clock)),
      peer_(std::move(peer)),
      keepalive_time_(keepalive_time),
      stats_(std::move(stats)),
      // The connector hands a transport on only when it is usable.
      tracker_("loopy_transport", GRPC_CHANNEL_READY) {}

void ConnectionStateTracker::WhenReady(
    absl::AnyInvocable<void(absl::Status)> callback) {
  MutexLock lock(&mu_);
  on_ready_ = std::move(callback);
}

void ConnectionStateTracker::AddWatcher(
    grpc_connectivity_state initial_state,
    grpc_core::OrphanablePtr<grpc_core::ConnectivityStateWatcherInterface>
        watcher) {
  MutexLock lock(&mu_);
  tracker_.AddWatcher(initial_state, std::move(watcher));
}

void ConnectionStateTracker::RemoveWatcher(
    grpc_core::ConnectivityStateWatcherInterface* watcher) {
  MutexLock lock(&mu_);
  tracker_.RemoveWatcher(watcher);
}

void ConnectionStateTracker::OnReady() {
  LOOPY_TRACE(connection_trace, "connection to %s is ready", peer_.c_str());
  NotifyReady(absl::OkStatus());
}

uint32_t ConnectionStateTracker::max_concurrent_streams() {
  MutexLock lock(&mu_);
  return max_concurrent_streams_;
}

void ConnectionStateTracker::OnMaxConcurrentStreams(uint32_t n) {
  std::shared_ptr<Observer> observer;
  {
    MutexLock lock(&mu_);
    max_concurrent_streams_ = n;
    observer = observer_;
  }
  if (observer != nullptr) observer->OnMaxConcurrentStreams();
}

void ConnectionStateTracker::SetObserver(std::shared_ptr<Observer> observer) {
  absl::Status status;
  DisconnectInfo info;
  {
    MutexLock lock(&mu_);
    observer_ = observer;
    status = disconnect_status_;
    info = disconnect_info_;
  }
  if (!status.ok()) observer->OnDisconnect(status, info);
}

void ConnectionStateTracker::OnPingSent(bool is_keepalive) {
  if (stats_ != nullptr) stats_->OnPingSent(is_keepalive);
}

void ConnectionStateTracker::OnDisconnect(absl::Status status,
                                          const DisconnectInfo& info) {
  LOOPY_TRACE(connection_trace, "connection to %s takes no new calls: %s",
              peer_.c_str(), status.ToString().c_str());
  if (info.too_many_pings) AddKeepaliveThrottling(&status);
  std::shared_ptr<Observer> observer;
  {
    MutexLock lock(&mu_);
    disconnect_status_ = status;
    disconnect_info_ = info;
    observer = observer_;
    // chttp2 does the same at a GOAWAY. At a close it has SHUTDOWN without a
    // status, which makes no difference to subchannels; this says why.
    tracker_.SetState(GRPC_CHANNEL_TRANSIENT_FAILURE, status, "disconnected");
  }
  if (observer != nullptr) observer->OnDisconnect(status, info);
  NotifyReady(std::move(status));
}

void ConnectionStateTracker::OnReleased() {
  LOOPY_TRACE(connection_trace, "connection to %s is gone", peer_.c_str());
}

void ConnectionStateTracker::AddKeepaliveThrottling(
    absl::Status* status) const {
  constexpr int64_t kMax = std::numeric_limits<int>::max();
  const int64_t current =
      std::min(absl::ToInt64Milliseconds(keepalive_time_), kMax);
  Log(GPR_ERROR,
      "%s: Received a GOAWAY with error code ENHANCE_YOUR_CALM and debug "
      "data equal to \"too_many_pings\". Current keepalive time (before "
      "throttling): %s",
      peer_.c_str(), absl::FormatDuration(keepalive_time_).c_str());
  status->SetPayload(grpc_core::kKeepaliveThrottlingKey,
                     absl::Cord(absl::StrCat(std::min(2 * current, kMax))));
}

void ConnectionStateTracker::NotifyReady(absl::Status status) {
  absl::AnyInvocable<void(absl::Status)> on_ready;
  {
    MutexLock lock(&mu_);
    on_ready = std::exchange(on_ready_, nullptr);
  }
  if (on_ready) on_ready(std::move(status));
}

}  // namespace loopy
