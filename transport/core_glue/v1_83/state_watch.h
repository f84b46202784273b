#ifndef LOOPY_TRANSPORT_CORE_GLUE_V1_83_STATE_WATCH_H_
#define LOOPY_TRANSPORT_CORE_GLUE_V1_83_STATE_WATCH_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"
#include "transport/core_glue/connection_events.h"
#include "transport/core_glue/generation.h"

namespace loopy {

// Tells a subchannel what its transport's connection reports: how many streams
// the peer allows, one update at a time, and once why it takes no more. Calls
// the watcher on the EventEngine.
//
//   auto watch = std::make_shared<StateWatch>(events);
//   events->SetListener(watch);
//   watch->Start(watcher);
//
// Threads: any. Lifetime: `events` holds it, and a
// subchannel that takes in an update.
class StateWatch final : public ConnectionEvents::Listener,
                         public std::enable_shared_from_this<StateWatch> {
 public:
  using Watcher = grpc_core::Transport::StateWatcher;

  explicit StateWatch(std::weak_ptr<ConnectionEvents> events)
      : events_(std::move(events)) {}

  // One watcher at a time; told at once how things are.
  void Start(grpc_core::RefCountedPtr<Watcher> watcher);
  void Stop(const Watcher* watcher);

  // ConnectionEvents::Listener:
  void OnMaxConcurrentStreams() override { MaybeTellMaxConcurrentStreams(); }
  void OnDisconnect(const absl::Status& status,
                    const DisconnectInfo& info) override;

 private:
  class UpdateDone;

  void MaybeTellMaxConcurrentStreams();
  void OnUpdateDone();
  void MaybeTellDisconnect();

  const std::weak_ptr<ConnectionEvents> events_;

  Mutex mu_;  // ConnectionEvents' may be taken inside
  grpc_core::RefCountedPtr<Watcher> watcher_ ABSL_GUARDED_BY(mu_);
  absl::optional<uint32_t> told_ ABSL_GUARDED_BY(mu_);
  bool update_under_way_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status disconnect_status_ ABSL_GUARDED_BY(mu_);  // OK until then
  Watcher::DisconnectInfo disconnect_info_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_V1_83_STATE_WATCH_H_
