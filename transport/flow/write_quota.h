#ifndef LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
#define LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_

#include <cstddef>
#include <cstdint>

namespace loopy {

// How many bytes of a stream's messages may be queued for the loopy writer. It
// is soft, as in grpc-go: a message of any size is accepted while some quota is
// left, and a send completes when its message is accepted.
//
//   if (quota.TryAcquire(message.size())) ...put it...   // else it waits
//   if (quota.Replenish(n)) ...try the waiting one...    // n bytes left
//
// Threads: any, one at a time (the stream's lock).
class WriteQuota {
 public:
  static constexpr size_t kDefaultSize = 64 * 1024;

  explicit WriteQuota(size_t size = kDefaultSize);

  // True: `n` bytes are taken, of which some may exceed the quota. False:
  // nothing is.
  [[nodiscard]] bool TryAcquire(size_t n);

  // Gives `n` taken bytes back. True: there was no quota, and there is now.
  // Requires that as many are taken.
  [[nodiscard]] bool Replenish(size_t n);

  // Negative while a large message is queued.
  int64_t available() const { return available_; }

 private:
  const int64_t size_;
  int64_t available_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_WRITE_QUOTA_H_
