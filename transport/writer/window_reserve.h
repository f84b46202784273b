#ifndef LOOPY_TRANSPORT_WRITER_WINDOW_RESERVE_H_
#define LOOPY_TRANSPORT_WRITER_WINDOW_RESERVE_H_

#include <cstdint>

#include "absl/time/time.h"

namespace loopy {

// Streams in the old list leave the last of the connection's window to those in
// the new one: at most kMax, and at most a quarter of the largest window seen
// (contract, 6).
//
// Most peers give window back long before the reserve is reached. One that
// waits until all of it is used would stall bulk for good. So after a wait
// without a WINDOW_UPDATE bulk may use the reserve, until the peer gives window
// back while some is left.
//
//   if (only the reserve holds bulk back && reserve.OnHeldBack()) {
//     ... after LongestWait(): reserve.Release() ...
//   }
//   reserve.OnUpdate(before, after);   // WINDOW_UPDATE of the connection
//
// Threads: the loopy writer's only.
class WindowReserve {
 public:
  static constexpr uint32_t kMax = 16 * 1024;

  // Longer than a round trip to most peers. It delays bulk once: a peer that is
  // found to give window back late is not waited for again.
  static constexpr absl::Duration LongestWait() {
    return absl::Milliseconds(100);
  }

  explicit WindowReserve(uint32_t window);

  // In bytes.
  uint32_t size() const { return released_ ? 0 : size_; }

  // True: a wait begins. False: one is under way.
  bool OnHeldBack();

  // The wait is over. Bulk may use the reserve, unless the peer gave window
  // back meanwhile.
  void Release();

  // The peer raised the window from `before` to `after` bytes.
  void OnUpdate(uint32_t before, uint32_t after);

 private:
  uint32_t largest_window_;
  uint32_t size_;
  bool waits_ = false;
  bool updated_ = false;  // since the wait began
  bool released_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_WINDOW_RESERVE_H_
