#ifndef LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
#define LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_

#include <cstddef>
#include <cstdint>

namespace loopy {

// Bounds how many bytes of a stream's messages are queued for the loopy writer
// when the application is asked for the next message (grpc-go: writeQuota). A
// message of any size is queued at once. The sender of one that exceeds the
// quota waits until no more than the quota is left of it. So at most one large
// message of a stream is in the queue: the upper bound that gRPC C++ documents
// for GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE.
//
//   if (!quota.Take(message.size())) ...the sender waits...
//   if (quota.GiveBack(n)) ...it waits no more...  // n bytes left the queue
//
// Threads: any, one at a time (the stream's lock).
class WriteQuota {
 public:
  explicit WriteQuota(size_t size);

  // Counts `n` more queued bytes. Returns whether the queue is within the
  // quota.
  [[nodiscard]] bool Take(size_t n);

  // Counts `n` bytes that left the queue. Requires that they were taken.
  // Returns whether the rest is within the quota.
  [[nodiscard]] bool GiveBack(size_t n);

  // Returns a negative number while the quota is exceeded.
  int64_t available() const { return available_; }

 private:
  const int64_t size_;
  int64_t available_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
