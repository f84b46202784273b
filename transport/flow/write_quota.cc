#include "transport/flow/write_quota.h"

#include <grpc/support/log.h>

namespace loopy {

WriteQuota::WriteQuota(size_t size)
    : size_(static_cast<int64_t>(size)), available_(size_) {}

bool WriteQuota::TryAcquire(size_t n) {
  if (available_ <= 0) return false;
  available_ -= static_cast<int64_t>(n);
  return true;
}

bool WriteQuota::Replenish(size_t n) {
  const bool had_none = available_ <= 0;
  available_ += static_cast<int64_t>(n);
  GPR_ASSERT(available_ <= size_);
  return had_none && available_ > 0;
}

}  // namespace loopy
