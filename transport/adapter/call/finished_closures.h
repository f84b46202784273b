#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_FINISHED_CLOSURES_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_FINISHED_CLOSURES_H_

#include <utility>

#include "absl/status/status.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/stream/stream_observer.h"

namespace loopy {

// Closures of a call's operations, collected under its lock, which are
// scheduled when this object goes: declare it before the lock is taken.
//
// Needs an ExecCtx. Not thread-safe.
class FinishedClosures {
 public:
  FinishedClosures() = default;
  FinishedClosures(const FinishedClosures&) = delete;
  FinishedClosures& operator=(const FinishedClosures&) = delete;
  ~FinishedClosures() {
    for (int i = 0; i < count_; ++i) {
      grpc_core::ExecCtx::Run(DEBUG_LOCATION, closures_[i],
                              failed_[i] ? failure_ : absl::OkStatus());
    }
  }
  // A null closure is nothing to do.
  void Add(grpc_closure* closure) { AddOne(closure, /*failed=*/false); }
  // A send operation of a call that has ended. Of a request that was not
  // processed it does not fail: gRPC would end the attempt with the error,
  // before the trailers could say that it may be repeated.
  void Fail(grpc_closure* closure, const StreamEnd& end) {
    if (end.processed != StreamEnd::Processed::kPossiblyProcessed) {
      Add(closure);
      return;
    }
    failure_ = end.status;  // the same for all
    AddOne(closure, /*failed=*/true);
  }
  // Takes the closure out of `*closure`.
  void Take(grpc_closure** closure) { Add(std::exchange(*closure, nullptr)); }

 private:
  // Three to receive, three to send.
  static constexpr int kMax = 6;

  void AddOne(grpc_closure* closure, bool failed) {
    if (closure == nullptr) return;
    failed_[count_] = failed;
    closures_[count_++] = closure;
  }

  grpc_closure* closures_[kMax];
  bool failed_[kMax];
  absl::Status failure_;
  int count_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_FINISHED_CLOSURES_H_
