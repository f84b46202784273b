#include "transport/core_glue/v1_51/linger_poller.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <grpc/support/sync.h>

#include <atomic>
#include <utility>

#include "src/core/lib/gprpp/time.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/error.h"
#include "src/core/lib/iomgr/pollset.h"
#include "transport/base/mutex.h"
#include "transport/core_glue/v1_51/iomgr_clock.h"

namespace loopy {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(10);

// One pollset and one timer for all endpoints that linger at a time. Lifetime:
// held by those endpoints.
class LingerPoller {
 public:
  // The one there is, or a new one.
  static std::shared_ptr<LingerPoller> Join();

  LingerPoller();
  ~LingerPoller();

  grpc_pollset* pollset() { return pollset_; }

 private:
  static void OnPollsetShutDown(void* pollset, grpc_error_handle error);
  static void ScheduleTick(const std::shared_ptr<LingerPoller>& poller);
  void Poll();

  grpc_pollset* pollset_;
  gpr_mu* pollset_mu_;
  std::atomic<Clock::TimerHandle> tick_{0};
};

std::shared_ptr<LingerPoller> LingerPoller::Join() {
  static auto* const mu = new Mutex();
  static auto* const current = new std::weak_ptr<LingerPoller>();
  {
    MutexLock lock(mu);
    if (auto poller = current->lock()) return poller;
  }
  // Another thread may do the same: then two poll, for as long as it takes.
  auto poller = std::make_shared<LingerPoller>();
  ScheduleTick(poller);
  MutexLock lock(mu);
  *current = poller;
  return poller;
}

LingerPoller::LingerPoller() {
  grpc_init();
  pollset_ = static_cast<grpc_pollset*>(gpr_zalloc(grpc_pollset_size()));
  grpc_pollset_init(pollset_, &pollset_mu_);
}

LingerPoller::~LingerPoller() {
  IomgrClock::Get()->Cancel(tick_.load());
  gpr_mu_lock(pollset_mu_);
  grpc_pollset_shutdown(
      pollset_, GRPC_CLOSURE_CREATE(OnPollsetShutDown, pollset_, nullptr));
  gpr_mu_unlock(pollset_mu_);
}

void LingerPoller::OnPollsetShutDown(void* pollset, grpc_error_handle) {
  grpc_pollset_destroy(static_cast<grpc_pollset*>(pollset));
  gpr_free(pollset);
  grpc_shutdown();
}

void LingerPoller::ScheduleTick(const std::shared_ptr<LingerPoller>& poller) {
  std::weak_ptr<LingerPoller> weak = poller;
  poller->tick_.store(IomgrClock::Get()->RunAfter(kInterval, [weak] {
    const std::shared_ptr<LingerPoller> poller = weak.lock();
    if (poller == nullptr) return;
    poller->Poll();
    ScheduleTick(poller);
  }));
}

void LingerPoller::Poll() {
  gpr_mu_lock(pollset_mu_);
  // A deadline that has passed: does not wait. Failures leave it to the linger
  // time.
  const grpc_error_handle ignored = grpc_pollset_work(
      pollset_, /*worker=*/nullptr, grpc_core::Timestamp::ProcessEpoch());
  gpr_mu_unlock(pollset_mu_);
}

}  // namespace

void PollWhileItLingers(const std::shared_ptr<SharedEndpoint>& endpoint) {
  std::shared_ptr<LingerPoller> poller = LingerPoller::Join();
  endpoint->AddToPollset(poller->pollset());
  // The callback holds the poller, whether it is kept or dropped here.
  endpoint->NotifyWhenDestroyed([poller = std::move(poller)] {});
}

}  // namespace loopy
