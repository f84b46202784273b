#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_FINISHED_CLOSURES_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_FINISHED_CLOSURES_H_

#include <utility>

#include "absl/status/status.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/stream/stream_observer.h"

namespace loopy {

// Collects closures of a call's operations under the call's lock, and schedules
// them when it is destroyed: declare it before the lock is taken.
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
  // Ignores a null closure.
  void Add(grpc_closure* closure) { AddOne(closure, /*failed=*/false); }
  // Adds a send operation of a call that has ended. It fails, unless the
  // request was not processed: gRPC would end the attempt with the error,
  // before the trailers could say that the request may be sent again.
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
  // A call has three receive operations and three send operations.
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
