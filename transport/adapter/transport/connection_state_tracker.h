#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CONNECTION_STATE_TRACKER_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CONNECTION_STATE_TRACKER_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/core/lib/transport/connectivity_state.h"
#include "transport/adapter/call/transport_stats.h"
#include "transport/adapter/transport/memory_reclaimer.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"

namespace loopy {

// Tracks a connection's state for those in gRPC who watch it: the connector,
// which waits for the connection to be usable, and the subchannel's watchers of
// connectivity.
//
//   auto tracker = std::make_shared<ConnectionStateTracker>(peer, time, clock,
//                                                           stats);
//   tracker->WhenReady(callback);    // the connector's
//   tracker->AddWatcher(...);        // the subchannel's
//   tracker->SetObserver(observer);  // the release's, if it watches more
//
// Threads: any, under an ExecCtx. Watchers are called under the lock; gRPC's
// only put a closure on the ExecCtx. Lifetime: shared by connection and
// transport.
class ConnectionStateTracker final : public ConnectionObserver {
 public:
  // Watches what only some releases of gRPC report. Called with no lock held.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnMaxConcurrentStreams() = 0;  // changed
    virtual void OnDisconnect(const absl::Status& status,
                              const DisconnectInfo& info) = 0;
  };

  // Keeps `clock`, which the connection uses, for as long as the connection
  // keeps this object. `stats` may be null.
  ConnectionStateTracker(std::string peer, absl::Duration keepalive_time,
                         std::shared_ptr<Clock> clock = nullptr,
                         std::shared_ptr<TransportStats> stats = nullptr);

  // Runs `callback` once: with OK when the peer's SETTINGS have come, or with
  // why they will not. Called before the connection starts.
  void WhenReady(absl::AnyInvocable<void(absl::Status)> callback);

  void AddWatcher(
      grpc_connectivity_state initial_state,
      grpc_core::OrphanablePtr<grpc_core::ConnectivityStateWatcherInterface>
          watcher);
  void RemoveWatcher(grpc_core::ConnectivityStateWatcherInterface* watcher);

  // Called once, before the connection starts.
  void SetReclaimer(std::shared_ptr<MemoryReclaimer> reclaimer) {
    reclaimer_ = std::move(reclaimer);
  }

  // Called once. Reports a disconnect that has happened already.
  void SetObserver(std::shared_ptr<Observer> observer);

  absl::Duration keepalive_time() const { return keepalive_time_; }
  // Returns the peer's last value.
  uint32_t max_concurrent_streams();

  // ConnectionObserver:
  void OnReady() override;
  void OnMaxConcurrentStreams(uint32_t n) override;
  void OnIdle() override {
    if (reclaimer_ != nullptr) reclaimer_->OnIdle();
  }
  double MemoryPressure() override {
    return reclaimer_ == nullptr ? 0 : reclaimer_->pressure();
  }
  void OnPingSent(bool is_keepalive) override;
  void OnDisconnect(absl::Status status, const DisconnectInfo& info) override;
  void OnReleased() override;

 private:
  // Adds to `status` what doubles the keepalive time of the channel's next
  // connections.
  void AddKeepaliveThrottling(absl::Status* status) const;
  void NotifyReady(absl::Status status);

  const std::shared_ptr<Clock> clock_;
  const std::string peer_;
  const absl::Duration keepalive_time_;
  const std::shared_ptr<TransportStats> stats_;
  std::shared_ptr<MemoryReclaimer> reclaimer_;  // constant from the start

  Mutex mu_{LockRank::kConnectionState};
  absl::AnyInvocable<void(absl::Status)> on_ready_ ABSL_GUARDED_BY(mu_);
  grpc_core::ConnectivityStateTracker tracker_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Observer> observer_ ABSL_GUARDED_BY(mu_);
  uint32_t max_concurrent_streams_ ABSL_GUARDED_BY(mu_) =
      std::numeric_limits<uint32_t>::max();
  absl::Status disconnect_status_ ABSL_GUARDED_BY(mu_);  // OK until then
  DisconnectInfo disconnect_info_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CONNECTION_STATE_TRACKER_H_
