#include "transport/flow/window_target.h"

#include <algorithm>

namespace loopy {
namespace {

// Memory is short from this pressure on, for chttp2 as well.
constexpr double kHighPressure = 0.5;
// A change has to be this part of the window, at least.
constexpr uint32_t kChangeShare = 4;

}  // namespace

void WindowTarget::SetWanted(uint32_t window) {
  wanted_ = std::max(wanted_, window);
}

absl::optional<uint32_t> WindowTarget::Update(double pressure,
                                              bool may_shrink) {
  const uint32_t target = WindowAt(pressure);
  if (target == window_) return absl::nullopt;
  if (target < window_ && !may_shrink) return absl::nullopt;
  const uint32_t change = std::max(target, window_) - std::min(target, window_);
  const bool is_end = target == largest_ || target == kSmallestTargetWindow;
  if (change < window_ / kChangeShare && !is_end) return absl::nullopt;
  window_ = target;
  return window_;
}

uint32_t WindowTarget::WindowAt(double pressure) {
  if (pressure <= kHighPressure) {
    largest_ = wanted_;
    return largest_;
  }
  // StreamReceiveWindow has space for no larger limit.
  wanted_ = std::min(wanted_, kMaxBdpWindow);
  largest_ = std::min(largest_, kMaxBdpWindow);
  if (largest_ <= kSmallestTargetWindow) return largest_;
  const double share = (std::min(pressure, 1.0) - kHighPressure) /
                       (1 - kHighPressure);  // of the way down
  return largest_ -
         static_cast<uint32_t>(share * (largest_ - kSmallestTargetWindow));
}

}  // namespace loopy
