#ifndef LOOPY_TRANSPORT_CORE_GLUE_CONNECTION_EVENTS_H_
#define LOOPY_TRANSPORT_CORE_GLUE_CONNECTION_EVENTS_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/core/lib/transport/connectivity_state.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"
#include "transport/core_glue/memory_reclaimer.h"
#include "transport/core_glue/transport_stats.h"

namespace loopy {

// Turns what a connection reports into what gRPC watches: the end of the
// connection attempt, and the transport's connectivity.
//
//   auto events = std::make_shared<ConnectionEvents>(peer, keepalive_time,
//                                                   stats);
//   events->WhenSettled(callback);  // the connector's
//   events->AddWatcher(...);        // the subchannel's
//   events->SetListener(listener);  // a generation's that watches more
//
// Threads: any, under an ExecCtx. Watchers are called under the lock; theirs
// only put a closure on the ExecCtx. Lifetime: shared by connection and
// transport.
class ConnectionEvents final : public ConnectionObserver {
 public:
  // What a generation of gRPC watches besides. Called with no lock held.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnMaxConcurrentStreams() = 0;  // changed
    virtual void OnDisconnect(const absl::Status& status,
                              const DisconnectInfo& info) = 0;
  };

  // Keeps `clock`, which the connection uses, for as long as the connection
  // keeps this object. `stats` may be null.
  ConnectionEvents(std::string peer, absl::Duration keepalive_time,
                   std::shared_ptr<Clock> clock = nullptr,
                   std::shared_ptr<TransportStats> stats = nullptr);

  // Runs `callback` once: with OK when the peer's SETTINGS have come, or with
  // why they will not. Before the connection starts.
  void WhenSettled(absl::AnyInvocable<void(absl::Status)> callback);

  void AddWatcher(
      grpc_connectivity_state initial_state,
      grpc_core::OrphanablePtr<grpc_core::ConnectivityStateWatcherInterface>
          watcher);
  void RemoveWatcher(grpc_core::ConnectivityStateWatcherInterface* watcher);

  // Once, before the connection starts.
  void SetReclaimer(std::shared_ptr<MemoryReclaimer> reclaimer) {
    reclaimer_ = std::move(reclaimer);
  }

  // Once. Is told of a disconnect that has happened already.
  void SetListener(std::shared_ptr<Listener> listener);

  absl::Duration keepalive_time() const { return keepalive_time_; }
  // The last word of the peer.
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
  // What doubles the keepalive time of the channel's next connections.
  void AddKeepaliveThrottling(absl::Status* status) const;
  void Settle(absl::Status status);

  const std::shared_ptr<Clock> clock_;
  const std::string peer_;
  const absl::Duration keepalive_time_;
  const std::shared_ptr<TransportStats> stats_;
  std::shared_ptr<MemoryReclaimer> reclaimer_;  // constant from the start

  Mutex mu_;
  absl::AnyInvocable<void(absl::Status)> settled_ ABSL_GUARDED_BY(mu_);
  grpc_core::ConnectivityStateTracker tracker_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<Listener> listener_ ABSL_GUARDED_BY(mu_);
  uint32_t max_concurrent_streams_ ABSL_GUARDED_BY(mu_) =
      std::numeric_limits<uint32_t>::max();
  absl::Status disconnect_status_ ABSL_GUARDED_BY(mu_);  // OK until then
  DisconnectInfo disconnect_info_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_CONNECTION_EVENTS_H_
