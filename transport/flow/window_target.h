#ifndef LOOPY_TRANSPORT_FLOW_WINDOW_TARGET_H_
#define LOOPY_TRANSPORT_FLOW_WINDOW_TARGET_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "transport/base/http2_constants.h"
#include "transport/flow/bdp_estimator.h"

namespace loopy {

// A shortage of memory makes no window smaller than this. One frame of the
// protocol's default size fits, so most small responses need no round trip.
inline constexpr uint32_t kSmallestTargetWindow = kDefaultMaxFrameSize;

// Chooses the size of a receive window by what the bandwidth-delay product
// wants and by the memory pressure, a number from 0 (there is enough) to 1. Up
// to a pressure of 0.5 the window is the wanted one. From there on it shrinks
// in proportion to the pressure, to kSmallestTargetWindow at 1, and what is
// wanted then has to wait. chttp2's shrinks from the same pressure on, to 0.
// A window that has shrunk grows back to at most kMaxBdpWindow.
//
//   WindowTarget target(window);
//   target.SetWanted(larger_window);
//   change = target.Update(pressure);  // set: that is the window from now on
//
// Not thread-safe.
class WindowTarget {
 public:
  explicit WindowTarget(uint32_t window)
      : wanted_(window), largest_(window), window_(window) {}

  // A window that is not larger than the wanted one changes nothing.
  void SetWanted(uint32_t window);

  // Returns the new window, if it changes; without `may_shrink`, only a larger
  // one. A change by less than a quarter is made only if the largest or the
  // smallest window is reached, so small changes of the pressure cause none.
  absl::optional<uint32_t> Update(double pressure, bool may_shrink = true);

  uint32_t window() const { return window_; }

 private:
  uint32_t WindowAt(double pressure);

  uint32_t wanted_;
  uint32_t largest_;  // what was wanted when there was memory
  uint32_t window_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_WINDOW_TARGET_H_
