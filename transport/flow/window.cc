#include "transport/flow/window.h"

#include "transport/base/log.h"

namespace loopy {

Window::Window(uint32_t initial) : value_(initial) {
  LOOPY_CHECK(initial <= kMaxWindow);
}

void Window::Decrease(uint32_t n) {
  LOOPY_CHECK(n <= available());
  value_ -= n;
}

bool Window::Shift(int64_t delta) {
  constexpr int64_t kMax = kMaxWindow;
  // No delta overflows this comparison.
  if (delta > kMax - value_ || delta < -kMax - value_) return false;
  value_ += delta;
  return true;
}

}  // namespace loopy
