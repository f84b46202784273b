#ifndef LOOPY_INTEROP_SOAK_SOAK_RUN_H_
#define LOOPY_INTEROP_SOAK_SOAK_RUN_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "interop/soak/soak_call.h"
#include "proto/soak.pb.h"

namespace loopy {
namespace interop {

struct SoakOptions {
  size_t callers = 64;
  absl::Duration length = absl::Minutes(10);
  uint64_t seed = 0;
  // A call that has not ended this long after its deadline hangs.
  absl::Duration margin = absl::Seconds(2);
};

// Runs threads that make random calls, and records how these end.
//
// Example:
//   SoakRun run(channel, options);
//   run.Run();
//   run.report();
//
// One thread uses the public methods. The destructor waits for the calls, and
// must not run if `report().hangs()` is not 0.
class SoakRun {
 public:
  SoakRun(std::shared_ptr<grpc::Channel> channel, const SoakOptions& options);
  ~SoakRun();

  SoakRun(const SoakRun&) = delete;
  SoakRun& operator=(const SoakRun&) = delete;

  // Makes calls for the length that the options give, and waits until the last
  // has ended.
  void Run();

  SoakClientReport report() const;

 private:
  // The call that a thread is making.
  struct Slot {
    absl::Mutex mutex;
    grpc::ClientContext* context ABSL_GUARDED_BY(mutex) = nullptr;
    absl::Time cancel_at ABSL_GUARDED_BY(mutex) = absl::InfiniteFuture();
    absl::Time deadline ABSL_GUARDED_BY(mutex) = absl::InfiniteFuture();
    absl::Time cancelled_at ABSL_GUARDED_BY(mutex) = absl::InfiniteFuture();
    bool hangs ABSL_GUARDED_BY(mutex) = false;
    std::mt19937_64 random;  // the thread's
  };

  void MakeCall(size_t thread);
  void Note(const SoakCall& call, uint64_t id,
            const grpc::ClientContext& context, const grpc::Status& status,
            absl::Time began, absl::Time due);
  // Cancels the calls that are due, and counts those that hang, until `end`.
  void WatchUntil(absl::Time end);
  void Watch(Slot* slot, absl::Time now);
  static SoakMemory MeasureMemory();

  const SoakOptions options_;
  const std::unique_ptr<grpc::testing::TestService::Stub> stub_;
  std::vector<std::unique_ptr<Slot>> slots_;  // constant after construction

  mutable absl::Mutex mutex_;  // taken inside a slot's
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  SoakClientReport report_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_SOAK_SOAK_RUN_H_
