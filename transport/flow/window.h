#ifndef LOOPY_TRANSPORT_FLOW_WINDOW_H_
#define LOOPY_TRANSPORT_FLOW_WINDOW_H_

#include <cstdint>

#include "transport/base/http2_constants.h"

namespace loopy {

// A Window is a flow-control window: the number of bytes that one side may
// still send. It is in [-(2^31-1), 2^31-1], and can be negative after the
// initial window was lowered (RFC 9113 section 6.9.2).
//
//   Window window(kDefaultWindow);
//   window.Decrease(std::min(window.available(), n));
//   if (!window.Increase(increment)) ...FLOW_CONTROL_ERROR...
//
// It is a value. Not thread-safe.
class Window {
 public:
  // Requires initial <= kMaxWindow.
  explicit Window(uint32_t initial = kDefaultWindow);

  // Returns false, and changes nothing, if the window would pass 2^31-1.
  [[nodiscard]] bool Increase(uint32_t n) { return Shift(n); }

  // Requires n <= available().
  void Decrease(uint32_t n);

  // Adds a change of the initial window, which may be negative. Returns false,
  // and changes nothing, if the window would leave its range.
  [[nodiscard]] bool Shift(int64_t delta);

  // Returns how much may be sent now: 0 if the window is negative.
  uint32_t available() const {
    return value_ > 0 ? static_cast<uint32_t>(value_) : 0;
  }
  int64_t value() const { return value_; }

 private:
  int64_t value_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_WINDOW_H_
