#include "transport/connection/reserve_timer.h"

#include <utility>

namespace loopy {

void ReserveTimer::Start() {
  Clock::TimerHandle timer = clock_->RunAfter(Wait(), [observer = observer_] {
    const std::shared_ptr<Observer> alive = observer.lock();
    if (alive != nullptr) alive->OnReserveTimer();
  });
  {
    MutexLock lock(&mu_);
    if (!stopped_) std::swap(timer_, timer);
  }
  // The replaced timer has run, unless this one came too late.
  clock_->Cancel(timer);
}

void ReserveTimer::Stop() {
  Clock::TimerHandle timer = 0;
  {
    MutexLock lock(&mu_);
    stopped_ = true;
    timer = std::exchange(timer_, 0);
  }
  clock_->Cancel(timer);
}

}  // namespace loopy
