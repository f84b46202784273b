#ifndef LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
#define LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_

#include <cstddef>
#include <cstdint>

namespace loopy {

// How many bytes of a stream's messages may be queued for the loopy writer when
// the next message is asked for (grpc-go: writeQuota). A message of any size is
// queued at once; one that exceeds the quota has its sender wait until no more
// than the quota is left of it. So of a stream's large messages one is in the
// queue, not two: the upper bound that gRPC C++ documents
// (GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE).
//
//   if (!quota.Take(message.size())) ...the sender waits...
//   if (quota.GiveBack(n)) ...it waits no more...      // n bytes left the
//   queue
//
// Threads: any, one at a time (the stream's lock).
class WriteQuota {
 public:
  static constexpr size_t kDefaultSize = 64 * 1024;

  explicit WriteQuota(size_t size = kDefaultSize);

  // `n` more bytes are queued. True: within the quota.
  [[nodiscard]] bool Take(size_t n);

  // `n` of them left. Requires that as many were taken. True: what is left is
  // within the quota.
  [[nodiscard]] bool GiveBack(size_t n);

  // Negative while the quota is exceeded.
  int64_t available() const { return available_; }

 private:
  const int64_t size_;
  int64_t available_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
