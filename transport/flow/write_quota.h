#ifndef LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
#define LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_

#include <cstddef>
#include <cstdint>

namespace loopy {

// How many bytes of a stream's messages may be on their way into the kernel. It
// is soft, as in grpc-go: a message of any size is accepted while some quota is
// left, and a send completes when its message is accepted. But when one has
// overdrawn the quota, the next large one waits until all of it is back: then
// two large messages are in memory, not three, which malloc rewards.
//
//   if (quota.TryAcquire(message.size())) ...put it...   // else it waits
//   quota.Replenish(n);                                  // n bytes are written
//   if (quota.TryAcquire(waiting.size())) ...
//
// Threads: any, one at a time (the stream's lock).
class WriteQuota {
 public:
  static constexpr size_t kDefaultSize = 64 * 1024;

  explicit WriteQuota(size_t size = kDefaultSize);

  // True: `n` bytes are taken, of which some may exceed the quota. False:
  // nothing is.
  [[nodiscard]] bool TryAcquire(size_t n);

  // Gives `n` taken bytes back. Requires that as many are taken.
  void Replenish(size_t n);

  // Negative while a large message is on its way.
  int64_t available() const { return available_; }

 private:
  const int64_t size_;
  int64_t available_;
  bool overdrawn_ = false;  // and not all is back
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
