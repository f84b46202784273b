#include "transport/releases/v1_83/event_engine_clock.h"

#include <grpc/event_engine/event_engine.h>
#include <grpc/support/time.h>

#include <algorithm>
#include <utility>

#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/event_engine/default_event_engine.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/endpoint/transport_clock.h"
#include "transport/releases/v1_83/event_engine_of.h"

namespace loopy {
namespace {

using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::GetDefaultEventEngine;

// An EventEngine cannot wait for ever.
constexpr absl::Duration kLongestDelay = absl::Hours(24 * 365);

}  // namespace

struct EventEngineClock::Timer {
  absl::AnyInvocable<void()> callback;
  // Unset until RunAfter has it.
  std::shared_ptr<EventEngine> engine;
  EventEngine::TaskHandle task = EventEngine::TaskHandle::kInvalid;
};

Clock* TransportClock() { return EventEngineClock::Default().get(); }

std::shared_ptr<Clock> TransportClockOf(const grpc_core::ChannelArgs& args) {
  std::shared_ptr<EventEngine> engine = EventEngineOf(args);
  if (engine == nullptr) return EventEngineClock::Default();
  return std::make_shared<EventEngineClock>(std::move(engine));
}

const std::shared_ptr<EventEngineClock>& EventEngineClock::Default() {
  static const auto* const clock = new std::shared_ptr<EventEngineClock>(
      std::make_shared<EventEngineClock>(nullptr));
  return *clock;
}

absl::Time EventEngineClock::Now() {
  const gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
  return absl::TimeFromTimespec({now.tv_sec, now.tv_nsec});
}

Clock::TimerHandle EventEngineClock::RunAfter(
    absl::Duration delay, absl::AnyInvocable<void()> callback) {
  delay = std::max(absl::ZeroDuration(), std::min(delay, kLongestDelay));
  auto timer = std::make_unique<Timer>();
  timer->callback = std::move(callback);
  TimerHandle handle;
  {
    MutexLock lock(&mu_);
    handle = ++last_handle_;
    pending_.emplace(handle, std::move(timer));
  }
  std::shared_ptr<EventEngine> engine =
      engine_ != nullptr ? engine_ : GetDefaultEventEngine();
  const EventEngine::TaskHandle task = engine->RunAfter(
      absl::ToChronoNanoseconds(delay),
      [self = shared_from_this(), handle] { self->OnTimer(handle); });
  MutexLock lock(&mu_);
  const auto it = pending_.find(handle);
  if (it != pending_.end()) {
    it->second->engine = std::move(engine);
    it->second->task = task;
  }
  return handle;
}

bool EventEngineClock::Cancel(TimerHandle handle) {
  const std::unique_ptr<Timer> timer = TakePending(handle);
  if (timer == nullptr) return false;
  // This only saves the wake-up: OnTimer would find nothing.
  if (timer->engine != nullptr) timer->engine->Cancel(timer->task);
  return true;
}

void EventEngineClock::OnTimer(TimerHandle handle) {
  grpc_core::ExecCtx exec_ctx;
  const std::unique_ptr<Timer> timer = TakePending(handle);
  if (timer != nullptr) timer->callback();
}

std::unique_ptr<EventEngineClock::Timer> EventEngineClock::TakePending(
    TimerHandle handle) {
  MutexLock lock(&mu_);
  const auto it = pending_.find(handle);
  if (it == pending_.end()) return nullptr;
  std::unique_ptr<Timer> timer = std::move(it->second);
  pending_.erase(it);
  return timer;
}

}  // namespace loopy
