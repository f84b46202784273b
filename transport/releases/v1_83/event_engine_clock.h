#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_EVENT_ENGINE_CLOCK_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_EVENT_ENGINE_CLOCK_H_

#include <grpc/event_engine/event_engine.h>

#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// A clock with the timers of an EventEngine.
//
// Lifetime: shared, also by the timers that the EventEngine holds.
class EventEngineClock final
    : public Clock,
      public std::enable_shared_from_this<EventEngineClock> {
 public:
  using EventEngine = grpc_event_engine::experimental::EventEngine;

  // `engine` as EventEngineOf returns it.
  explicit EventEngineClock(std::shared_ptr<EventEngine> engine)
      : engine_(std::move(engine)) {}

  // Returns the default EventEngine's clock, which is never destroyed.
  static const std::shared_ptr<EventEngineClock>& Default();

  absl::Time Now() override;
  TimerHandle RunAfter(absl::Duration delay,
                       absl::AnyInvocable<void()> callback) override;
  bool Cancel(TimerHandle handle) override;

 private:
  struct Timer;

  void OnTimer(TimerHandle handle);
  // Returns the timer to the first caller, and null to others. The first caller
  // decides whether its callback runs.
  std::unique_ptr<Timer> TakePending(TimerHandle handle);

  const std::shared_ptr<EventEngine> engine_;

  Mutex mu_{LockRank::kClock};
  TimerHandle last_handle_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<TimerHandle, std::unique_ptr<Timer>> pending_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_EVENT_ENGINE_CLOCK_H_
