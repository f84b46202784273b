#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_STATE_WATCHER_ADAPTER_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_STATE_WATCHER_ADAPTER_H_

#include <grpc/event_engine/event_engine.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "transport/adapter/release.h"
#include "transport/adapter/transport/connection_state_tracker.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"

namespace loopy {

// Passes to a subchannel what its transport's connection reports: how many
// streams the peer allows, one update at a time, and once why it takes no more.
// It calls the watcher on the channel's EventEngine.
//
//   auto watch = std::make_shared<StateWatcherAdapter>(state);
//   state->SetObserver(watch);
//   watch->Start(watcher);
//
// Threads: any. Lifetime: shared by `state` and a subchannel that handles an
// update.
class StateWatcherAdapter final
    : public ConnectionStateTracker::Observer,
      public std::enable_shared_from_this<StateWatcherAdapter> {
 public:
  using EventEngine = grpc_event_engine::experimental::EventEngine;
  using Watcher = grpc_core::Transport::StateWatcher;

  // `engine` as EventEngineOf returns it.
  StateWatcherAdapter(std::weak_ptr<ConnectionStateTracker> state,
                      std::shared_ptr<EventEngine> engine)
      : state_(std::move(state)), engine_(std::move(engine)) {}

  // Starts the one watcher, and reports the present state at once.
  void Start(grpc_core::RefCountedPtr<Watcher> watcher);
  void Stop(const Watcher* watcher);

  // ConnectionStateTracker::Observer:
  void OnMaxConcurrentStreams() override { MaybeReportMaxConcurrentStreams(); }
  void OnDisconnect(const absl::Status& status,
                    const DisconnectInfo& info) override;

 private:
  class UpdateDone;

  void MaybeReportMaxConcurrentStreams();
  void OnUpdateDone();
  void MaybeReportDisconnect();

  // The watcher takes locks of its own, and may call back.
  template <typename Callback>
  void RunOnEventEngine(Callback callback);

  const std::weak_ptr<ConnectionStateTracker> state_;
  const std::shared_ptr<EventEngine> engine_;

  Mutex mu_{LockRank::kStateWatcher};
  grpc_core::RefCountedPtr<Watcher> watcher_ ABSL_GUARDED_BY(mu_);
  absl::optional<uint32_t> reported_ ABSL_GUARDED_BY(mu_);
  bool update_under_way_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status disconnect_status_ ABSL_GUARDED_BY(mu_);  // OK until then
  Watcher::DisconnectInfo disconnect_info_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_STATE_WATCHER_ADAPTER_H_
