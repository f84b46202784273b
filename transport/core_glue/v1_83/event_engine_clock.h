#ifndef LOOPY_TRANSPORT_CORE_GLUE_V1_83_EVENT_ENGINE_CLOCK_H_
#define LOOPY_TRANSPORT_CORE_GLUE_V1_83_EVENT_ENGINE_CLOCK_H_

#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// TransportClock of gRPC 1.83: the timers of its default EventEngine.
class EventEngineClock final : public Clock {
 public:
  static EventEngineClock* Get();

  absl::Time Now() override;
  TimerHandle RunAfter(absl::Duration delay,
                       absl::AnyInvocable<void()> callback) override;
  bool Cancel(TimerHandle handle) override;

 private:
  struct Timer;

  EventEngineClock() = default;

  void OnTimer(TimerHandle handle);
  // Whoever gets the timer, and not null, decides whether its callback runs.
  std::unique_ptr<Timer> TakePending(TimerHandle handle);

  Mutex mu_;
  TimerHandle last_handle_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<TimerHandle, std::unique_ptr<Timer>> pending_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_V1_83_EVENT_ENGINE_CLOCK_H_
