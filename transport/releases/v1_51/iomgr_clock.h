#ifndef LOOPY_TRANSPORT_RELEASES_V1_51_IOMGR_CLOCK_H_
#define LOOPY_TRANSPORT_RELEASES_V1_51_IOMGR_CLOCK_H_

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "src/core/lib/gprpp/ref_counted_ptr.h"
#include "src/core/lib/iomgr/error.h"
#include "transport/base/clock.h"
#include "transport/base/mutex.h"

namespace loopy {

// IomgrClock is the clock of all connections: gRPC's monotonic time and its
// timers.
//
//   Clock* clock = IomgrClock::Get();
//
// Callbacks run on gRPC's timer threads, under an ExecCtx. A timer is meant for
// a connection (keepalive, linger, ...), not for each call: all share one lock.
//
// Threads: any, with or without an ExecCtx. Lifetime: the process's. Timers
// need an initialised gRPC; those left when it shuts down are dropped.
class IomgrClock final : public Clock {
 public:
  static IomgrClock* Get();

  absl::Time Now() override;
  TimerHandle RunAfter(absl::Duration delay,
                       absl::AnyInvocable<void()> callback) override;
  bool Cancel(TimerHandle handle) override;
  // Waits for the closures on the thread's ExecCtx, and for those that they put
  // there in turn.
  void RunWhenIdle(absl::AnyInvocable<void()> callback) override;

 private:
  struct Timer;
  class WhenIdle;

  IomgrClock() = default;

  static void Arm(Timer* timer, absl::Duration delay);
  static void OnTimer(void* timer, grpc_error_handle error);
  // Returns the timer to the first caller, and null to others. The first caller
  // decides whether its callback runs.
  grpc_core::RefCountedPtr<Timer> TakePendingLocked(TimerHandle handle)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Mutex mu_{LockRank::kClock};
  TimerHandle last_handle_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<TimerHandle, grpc_core::RefCountedPtr<Timer>> pending_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_51_IOMGR_CLOCK_H_
