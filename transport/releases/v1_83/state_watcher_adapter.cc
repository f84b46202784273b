#include "transport/releases/v1_83/state_watcher_adapter.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "src/core/lib/event_engine/default_event_engine.h"
#include "src/core/lib/iomgr/exec_ctx.h"

namespace loopy {
namespace {

using Watcher = StateWatcherAdapter::Watcher;

Watcher::DisconnectReason ReasonFor(DisconnectInfo::Reason reason) {
  switch (reason) {
    case DisconnectInfo::Reason::kGoAway:
      return Watcher::kGoaway;
    case DisconnectInfo::Reason::kKeepaliveTimeout:
      return Watcher::kConnectionTimedOut;
    case DisconnectInfo::Reason::kSocketError:
      return Watcher::kSocketError;
    case DisconnectInfo::Reason::kOther:
      break;
  }
  return Watcher::kUnknown;
}

// Returns the doubled keepalive time, for the channel's next connections (gRFC
// A8).
grpc_core::Duration Throttled(absl::Duration keepalive_time) {
  constexpr int64_t kMax = std::numeric_limits<int>::max();
  const int64_t current =
      std::min(absl::ToInt64Milliseconds(keepalive_time), kMax);
  return grpc_core::Duration::Milliseconds(std::min(2 * current, kMax));
}

}  // namespace

template <typename Callback>
void StateWatcherAdapter::RunOnEventEngine(Callback callback) {
  const std::shared_ptr<EventEngine> engine =
      engine_ != nullptr
          ? engine_
          : grpc_event_engine::experimental::GetDefaultEventEngine();
  engine->Run([callback = std::move(callback)]() mutable {
    grpc_core::ExecCtx exec_ctx;
    Callback last = std::move(callback);  // destroyed before the ExecCtx is
    last();
  });
}

// The subchannel destroys this when it has handled an update.
class StateWatcherAdapter::UpdateDone final
    : public Watcher::MaxConcurrentStreamsUpdateDoneHandle {
 public:
  explicit UpdateDone(std::shared_ptr<StateWatcherAdapter> watch)
      : watch_(std::move(watch)) {}
  ~UpdateDone() override { watch_->OnUpdateDone(); }

 private:
  const std::shared_ptr<StateWatcherAdapter> watch_;
};

void StateWatcherAdapter::Start(grpc_core::RefCountedPtr<Watcher> watcher) {
  {
    MutexLock lock(&mu_);
    watcher_ = std::move(watcher);
    reported_.reset();
  }
  MaybeReportMaxConcurrentStreams();
  MaybeReportDisconnect();
}

void StateWatcherAdapter::Stop(const Watcher* watcher) {
  grpc_core::RefCountedPtr<Watcher> stopped;
  MutexLock lock(&mu_);
  if (watcher_.get() == watcher) stopped = std::move(watcher_);
}

void StateWatcherAdapter::OnDisconnect(const absl::Status& status,
                                       const DisconnectInfo& info) {
  const std::shared_ptr<ConnectionStateTracker> state = state_.lock();
  {
    MutexLock lock(&mu_);
    if (!disconnect_status_.ok()) return;
    disconnect_status_ = status;
    disconnect_info_.reason = ReasonFor(info.reason);
    if (info.goaway_code.has_value()) {
      disconnect_info_.http2_error_code =
          static_cast<grpc_core::http2::Http2ErrorCode>(*info.goaway_code);
    }
    if (info.too_many_pings && state != nullptr) {
      disconnect_info_.keepalive_time = Throttled(state->keepalive_time());
    }
  }
  MaybeReportDisconnect();
}

void StateWatcherAdapter::MaybeReportDisconnect() {
  MutexLock lock(&mu_);
  if (watcher_ == nullptr || disconnect_status_.ok()) return;
  RunOnEventEngine([watcher = std::move(watcher_), status = disconnect_status_,
                    info = disconnect_info_]() mutable {
    watcher->OnDisconnect(std::move(status), info);
  });
}

void StateWatcherAdapter::MaybeReportMaxConcurrentStreams() {
  const std::shared_ptr<ConnectionStateTracker> state = state_.lock();
  if (state == nullptr) return;
  MutexLock lock(&mu_);
  const uint32_t n = state->max_concurrent_streams();
  if (watcher_ == nullptr || !disconnect_status_.ok() || update_under_way_ ||
      reported_ == n) {
    return;
  }
  update_under_way_ = true;
  reported_ = n;
  RunOnEventEngine([watcher = watcher_, n, self = shared_from_this()] {
    watcher->OnPeerMaxConcurrentStreamsUpdate(
        n, std::make_unique<UpdateDone>(self));
  });
}

void StateWatcherAdapter::OnUpdateDone() {
  {
    MutexLock lock(&mu_);
    update_under_way_ = false;
  }
  MaybeReportMaxConcurrentStreams();
}

}  // namespace loopy
