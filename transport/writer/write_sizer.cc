#include "transport/writer/write_sizer.h"

#include <algorithm>
#include <utility>

namespace loopy {
namespace {

// Each write's weight becomes this part of itself with the next write.
constexpr double kDecay = 0.875;

}  // namespace

bool WriteSizer::OnWrite(size_t n, absl::Duration took, absl::Time now) {
  if (n < kMinWrite) return false;
  bytes_ = bytes_ * kDecay + static_cast<double>(n);
  seconds_ = seconds_ * kDecay + absl::ToDoubleSeconds(took);
  const double wanted = Wanted(now);
  size_t limit = unsent_limit_;
  while (static_cast<double>(2 * limit) <= wanted) limit *= 2;
  // It does not fall at once: each change costs a system call.
  while (limit > kMinUnsent && static_cast<double>(limit) > 1.5 * wanted) {
    limit /= 2;
  }
  if (limit == unsent_limit_) return false;
  unsent_limit_ = limit;
  write_size_ = WriteSizeFor(limit);
  return true;
}

size_t WriteSizer::WriteSizeFor(size_t unsent_limit) {
  if (2 * unsent_limit < kLongWrite) return 2 * unsent_limit;
  return std::clamp(unsent_limit, kLongWrite, kMaxWrite) + kSlack;
}

double WriteSizer::Wanted(absl::Time now) {
  if (std::exchange(overtaken_, false)) last_overtaking_ = now;
  const double rate = bytes_ / std::max(seconds_, 1e-9);
  const Target quick = rate < kFastPeer ? Quick() : QuickToFastPeer();
  const Target target = now - last_overtaking_ < Calm() ? quick : Alone();
  return std::min(absl::ToDoubleSeconds(target.delay) * rate,
                  static_cast<double>(target.max_unsent));
}

}  // namespace loopy
