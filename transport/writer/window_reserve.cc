#include "transport/writer/window_reserve.h"

#include <algorithm>

namespace loopy {

WindowReserve::WindowReserve(uint32_t window)
    : largest_window_(window), size_(std::min(kMax, window / 4)) {}

bool WindowReserve::OnHeldBack() {
  if (waits_) return false;
  waits_ = true;
  updated_ = false;
  return true;
}

void WindowReserve::Release() {
  waits_ = false;
  if (!updated_) released_ = true;
}

void WindowReserve::OnUpdate(uint32_t before, uint32_t after) {
  largest_window_ = std::max(largest_window_, after);
  size_ = std::min(kMax, largest_window_ / 4);
  updated_ = true;
  if (before > 0) released_ = false;
}

}  // namespace loopy
