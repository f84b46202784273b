#include "transport/releases/v1_51/iomgr_clock.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/types/optional.h"
#include "src/core/lib/gprpp/ref_counted.h"
#include "src/core/lib/gprpp/time.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/iomgr/timer.h"
#include "transport/adapter/endpoint/transport_clock.h"

namespace loopy {
namespace {

// grpc_timer cannot wait for ever.
constexpr absl::Duration kLongestDelay = absl::Hours(24 * 365);

// A timer that became due while it was armed goes over the ExecCtx. It would
// run inside RunAfter() if that had brought the ExecCtx itself.
thread_local bool arming_in_own_exec_ctx = false;

}  // namespace

// Goes to the end of the ExecCtx's closures for as long as there are others.
class IomgrClock::WhenIdle {
 public:
  static void Put(absl::AnyInvocable<void()> callback) {
    auto* const self = new WhenIdle(std::move(callback));
    GRPC_CLOSURE_INIT(&self->closure_, Run, self, grpc_schedule_on_exec_ctx);
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, &self->closure_, absl::OkStatus());
  }

 private:
  // More than gRPC needs from a connection's SETTINGS to its first call.
  static constexpr int kMostRounds = 32;

  explicit WhenIdle(absl::AnyInvocable<void()> callback)
      : callback_(std::move(callback)) {}

  static void Run(void* arg, grpc_error_handle error) {
    std::unique_ptr<WhenIdle> self(static_cast<WhenIdle*>(arg));
    grpc_core::ExecCtx* const exec_ctx = grpc_core::ExecCtx::Get();
    if (++self->rounds_ < kMostRounds &&
        !grpc_closure_list_empty(*exec_ctx->closure_list())) {
      grpc_core::ExecCtx::Run(DEBUG_LOCATION, &self.release()->closure_, error);
      return;
    }
    self->callback_();
  }

  absl::AnyInvocable<void()> callback_;
  int rounds_ = 0;
  grpc_closure closure_;
};

// It has two holders: gRPC, until it has run `closure`, and pending_.
struct IomgrClock::Timer : public grpc_core::RefCounted<IomgrClock::Timer> {
  TimerHandle handle;  // guarded by mu_
  absl::AnyInvocable<void()> callback;
  grpc_timer timer;
  grpc_closure closure;
};

IomgrClock* IomgrClock::Get() {
  static auto* const clock = new IomgrClock();
  return clock;
}

Clock* TransportClock() { return IomgrClock::Get(); }

std::shared_ptr<Clock> TransportClockOf(
    const grpc_core::ChannelArgs& /*args*/) {
  // It is never destroyed.
  return std::shared_ptr<Clock>(std::shared_ptr<void>(), TransportClock());
}

absl::Time IomgrClock::Now() {
  const gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
  return absl::TimeFromTimespec({now.tv_sec, now.tv_nsec});
}

Clock::TimerHandle IomgrClock::RunAfter(absl::Duration delay,
                                        absl::AnyInvocable<void()> callback) {
  auto timer = grpc_core::MakeRefCounted<Timer>();
  timer->callback = std::move(callback);
  GRPC_CLOSURE_INIT(&timer->closure, OnTimer, timer.get(),
                    grpc_schedule_on_exec_ctx);
  Timer* const grpcs = timer->Ref().release();
  TimerHandle handle;
  {
    MutexLock lock(&mu_);
    handle = timer->handle = ++last_handle_;
    pending_.emplace(handle, std::move(timer));
  }
  if (grpc_core::ExecCtx::Get() != nullptr) {
    Arm(grpcs, delay);
  } else {
    arming_in_own_exec_ctx = true;
    {
      grpc_core::ExecCtx exec_ctx;
      Arm(grpcs, delay);
    }
    arming_in_own_exec_ctx = false;
  }
  return handle;
}

void IomgrClock::Arm(Timer* timer, absl::Duration delay) {
  delay = std::max(absl::ZeroDuration(), std::min(delay, kLongestDelay));
  // Timestamp::Now() would not do: an ExecCtx caches its first answer.
  const gpr_timespec deadline = gpr_time_add(
      gpr_now(GPR_CLOCK_MONOTONIC),
      gpr_time_from_nanos(absl::ToInt64Nanoseconds(delay), GPR_TIMESPAN));
  grpc_timer_init(&timer->timer,
                  grpc_core::Timestamp::FromTimespecRoundUp(deadline),
                  &timer->closure);
}

bool IomgrClock::Cancel(TimerHandle handle) {
  grpc_core::RefCountedPtr<Timer> timer;
  {
    MutexLock lock(&mu_);
    timer = TakePendingLocked(handle);
  }
  if (timer == nullptr) return false;
  absl::optional<grpc_core::ExecCtx> exec_ctx;
  if (grpc_core::ExecCtx::Get() == nullptr) exec_ctx.emplace();
  grpc_timer_cancel(&timer->timer);
  timer->callback = nullptr;
  return true;
}

void IomgrClock::RunWhenIdle(absl::AnyInvocable<void()> callback) {
  if (grpc_core::ExecCtx::Get() == nullptr) return callback();
  WhenIdle::Put(std::move(callback));
}

void IomgrClock::OnTimer(void* arg, grpc_error_handle error) {
  auto* const self = static_cast<Timer*>(arg);
  if (arming_in_own_exec_ctx && error.ok()) {
    Arm(self, absl::Milliseconds(1));
    return;
  }
  const grpc_core::RefCountedPtr<Timer> timer(self);
  {
    IomgrClock* const clock = Get();
    MutexLock lock(&clock->mu_);
    if (clock->TakePendingLocked(timer->handle) == nullptr)
      return;  // cancelled
  }
  // On an error, gRPC shuts its timers down.
  if (error.ok()) timer->callback();
  timer->callback = nullptr;
}

grpc_core::RefCountedPtr<IomgrClock::Timer> IomgrClock::TakePendingLocked(
    TimerHandle handle) {
  const auto it = pending_.find(handle);
  if (it == pending_.end()) return nullptr;
  grpc_core::RefCountedPtr<Timer> timer = std::move(it->second);
  pending_.erase(it);
  return timer;
}

}  // namespace loopy
