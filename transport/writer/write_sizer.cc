#include "transport/writer/write_sizer.h"

#include <algorithm>

namespace loopy {
namespace {

// Of the newest write.
constexpr double kWeight = 0.25;

}  // namespace

bool WriteSizer::OnWrite(size_t n, absl::Duration took) {
  if (n < kMinWrite) return false;
  const double sample = absl::ToDoubleSeconds(took) / static_cast<double>(n);
  seconds_per_byte_ += (sample - seconds_per_byte_) * kWeight;
  const double unsent =
      absl::ToDoubleSeconds(TargetDelay()) / std::max(seconds_per_byte_, 1e-12);
  size_t limit = kMinUnsent;
  while (limit < kMaxUnsent && static_cast<double>(2 * limit) <= unsent) {
    limit *= 2;
  }
  if (limit == unsent_limit_) return false;
  unsent_limit_ = limit;
  return true;
}

}  // namespace loopy
