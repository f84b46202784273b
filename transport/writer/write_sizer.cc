#include "transport/writer/write_sizer.h"

#include <algorithm>

namespace loopy {
namespace {

// Of the newest write.
constexpr double kWeight = 0.25;

}  // namespace

bool WriteSizer::OnWrite(size_t n, absl::Duration took, size_t open_streams) {
  if (n < kMinWrite) return false;
  const size_t old_limit = unsent_limit();
  writes_alone_ =
      open_streams > 1 ? 0 : std::min(writes_alone_ + 1, kWritesAlone);
  const double sample = absl::ToDoubleSeconds(took) / static_cast<double>(n);
  seconds_per_byte_ += (sample - seconds_per_byte_) * kWeight;
  const double unsent =
      absl::ToDoubleSeconds(TargetDelay()) / std::max(seconds_per_byte_, 1e-12);
  size_t limit = kMinUnsent;
  while (limit < kMaxUnsent && static_cast<double>(2 * limit) <= unsent) {
    limit *= 2;
  }
  unsent_limit_ = limit;
  return unsent_limit() != old_limit;
}

bool WriteSizer::OnCompany() {
  const bool was_alone = alone();
  writes_alone_ = 0;
  return was_alone;
}

}  // namespace loopy
