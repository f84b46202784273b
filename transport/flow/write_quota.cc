#include "transport/flow/write_quota.h"

#include "transport/base/log.h"

namespace loopy {

WriteQuota::WriteQuota(size_t size)
    : size_(static_cast<int64_t>(size)), available_(size_) {}

bool WriteQuota::Take(size_t n) {
  available_ -= static_cast<int64_t>(n);
  return available_ >= 0;
}

bool WriteQuota::GiveBack(size_t n) {
  available_ += static_cast<int64_t>(n);
  LOOPY_CHECK(available_ <= size_);
  return available_ >= 0;
}

}  // namespace loopy
