#ifndef LOOPY_INTEROP_CLIENT_UPLOAD_GROUP_H_
#define LOOPY_INTEROP_CLIENT_UPLOAD_GROUP_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace loopy {
namespace interop {

using SteadyTime = std::chrono::steady_clock::time_point;

double MillisecondsBetween(SteadyTime begin, SteadyTime end);

// Some StreamingInputCalls on one channel, each writing messages of one size as
// fast as its writes complete.
//
// Example:
//   UploadGroup uploads(channel, 4, 1 << 20);
//   uploads.Start();
//   absl::Status stuck = uploads.AwaitStuck(quiet, bound);
//   uploads.Cancel();
//   absl::Status ended = uploads.AwaitEnded(bound);
//   uploads.last_status();
//
// Lifetime: the calls hold the channel until the group is destroyed, so that it
// is the group's owner who lets go of it: gRPC does not survive the last
// channel being destroyed by a callback. Destroying the group cancels the calls
// and waits for their ends; what has not ended after a bound is leaked.
// Threads: the methods are for one thread; the calls run on gRPC's.
class UploadGroup {
 public:
  UploadGroup(const std::shared_ptr<grpc::Channel>& channel, size_t count,
              size_t message_bytes);
  ~UploadGroup();

  UploadGroup(const UploadGroup&) = delete;
  UploadGroup& operator=(const UploadGroup&) = delete;

  void Start();

  // Waits until no write of any call has completed for `quiet`. Fails if a call
  // ends, or if writes still complete after `bound`.
  absl::Status AwaitStuck(absl::Duration quiet, absl::Duration bound);

  void Cancel();

  // Waits until all calls have ended; fails if they have not within `bound`.
  absl::Status AwaitEnded(absl::Duration bound);
  bool ended() const;

  // Of the call that ended last. Only after all have ended.
  grpc::Status last_status() const;
  SteadyTime last_ended_at() const;

 private:
  class Progress;
  class Upload;

  // Until Start(); afterwards the calls hold it.
  std::shared_ptr<grpc::Channel> channel_;
  const std::shared_ptr<Progress> progress_;
  std::vector<std::unique_ptr<Upload>> uploads_;
};

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_UPLOAD_GROUP_H_
