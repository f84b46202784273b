#include "transport/flow/write_quota.h"

#include <grpc/support/log.h>

namespace loopy {

WriteQuota::WriteQuota(size_t size)
    : size_(static_cast<int64_t>(size)), available_(size_) {}

bool WriteQuota::TryAcquire(size_t n) {
  const auto bytes = static_cast<int64_t>(n);
  if (available_ <= 0 || (overdrawn_ && bytes > size_)) return false;
  available_ -= bytes;
  if (available_ < 0) overdrawn_ = true;
  return true;
}

void WriteQuota::Replenish(size_t n) {
  available_ += static_cast<int64_t>(n);
  GPR_ASSERT(available_ <= size_);
  if (available_ == size_) overdrawn_ = false;
}

}  // namespace loopy
