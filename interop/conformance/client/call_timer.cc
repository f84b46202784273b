#include "interop/conformance/client/call_timer.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace loopy {
namespace conformance {

CallTimer::CallTimer(grpc::ClientContext* context, absl::Duration bound)
    : context_(context),
      bound_(absl::Now() + bound),
      thread_([this] { Run(); }) {}

CallTimer::~CallTimer() {
  {
    absl::MutexLock lock(&mu_);
    ended_ = true;
  }
  thread_.join();
}

void CallTimer::CancelAfter(absl::Duration delay) {
  absl::MutexLock lock(&mu_);
  cancel_at_ = absl::Now() + delay;
  changed_ = true;
}

bool CallTimer::HasExpired() const {
  absl::MutexLock lock(&mu_);
  return expired_;
}

void CallTimer::Run() {
  const auto changed = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return changed_ || ended_;
  };
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      changed_ = false;
      const absl::Time next = std::min(cancel_at_, bound_);
      const bool woken = mu_.AwaitWithDeadline(absl::Condition(&changed), next);
      if (ended_) return;
      if (woken) continue;
      expired_ = next == bound_;
      cancel_at_ = absl::InfiniteFuture();
      if (expired_) ended_ = true;
    }
    context_->TryCancel();
  }
}

}  // namespace conformance
}  // namespace loopy
