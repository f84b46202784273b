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

// Makes StreamingInputCalls on one channel. Each writes messages of one size as
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
// The calls hold the channel until the group is destroyed. So its owner
// releases the channel, and not a callback, which gRPC would not survive. The
// destructor cancels the calls and waits for their ends. It leaks a call that
// has not ended after a bound. One thread uses the methods. The calls run on
// gRPC's threads.
class UploadGroup {
 public:
  UploadGroup(const std::shared_ptr<grpc::Channel>& channel, size_t count,
              size_t message_bytes);
  ~UploadGroup();

  UploadGroup(const UploadGroup&) = delete;
  UploadGroup& operator=(const UploadGroup&) = delete;

  void Start();

  // Waits until each call has had a message accepted; fails if one has not
  // within `bound`.
  absl::Status AwaitUnderWay(absl::Duration bound);

  // Waits until no write of any call has completed for `quiet`. Fails if a call
  // ends, or if writes still complete after `bound`.
  absl::Status AwaitStuck(absl::Duration quiet, absl::Duration bound);

  void Cancel();

  // Waits until all calls have ended; fails if they have not within `bound`.
  absl::Status AwaitEnded(absl::Duration bound);
  bool ended() const;

  // Describe the call that ended last. All must have ended.
  grpc::Status last_status() const;
  SteadyTime last_ended_at() const;

 private:
  class Progress;
  class Upload;

  // Null after Start(): the calls hold the channel then.
  std::shared_ptr<grpc::Channel> channel_;
  const std::shared_ptr<Progress> progress_;
  std::vector<std::unique_ptr<Upload>> uploads_;
};

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_UPLOAD_GROUP_H_
