#ifndef LOOPY_INTEROP_CONFORMANCE_CLIENT_CALL_TIMER_H_
#define LOOPY_INTEROP_CONFORMANCE_CLIENT_CALL_TIMER_H_

#include <grpcpp/client_context.h>

#include <thread>  // NOLINT(build/c++11)

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace loopy {
namespace conformance {

// Cancels a call at a given time, and at the latest after a bound. It has a
// thread of its own, since the calls block theirs. The context must outlive it.
class CallTimer {
 public:
  CallTimer(grpc::ClientContext* context, absl::Duration bound);
  ~CallTimer();
  CallTimer(const CallTimer&) = delete;
  CallTimer& operator=(const CallTimer&) = delete;

  // At most once.
  void CancelAfter(absl::Duration delay);

  // Whether it had to cancel the call because of the bound.
  bool HasExpired() const;

 private:
  void Run();

  grpc::ClientContext* const context_;
  const absl::Time bound_;
  mutable absl::Mutex mu_;
  absl::Time cancel_at_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  bool changed_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  bool expired_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace conformance
}  // namespace loopy

#endif  // LOOPY_INTEROP_CONFORMANCE_CLIENT_CALL_TIMER_H_
