#ifndef LOOPY_TRANSPORT_WRITER_WRITE_SIZER_H_
#define LOOPY_TRANSPORT_WRITER_WRITE_SIZER_H_

#include <cstddef>

#include "absl/time/time.h"

namespace loopy {

// How many bytes to hand to the kernel: what was handed over cannot be
// overtaken, so a slow peer gets little at a time; but every write costs CPU,
// so a fast one gets much.
//
//   if (sizer.OnWrite(bytes, took)) endpoint->SetUnsentLimit(
//       sizer.unsent_limit());
//   ... the next write has at most sizer.write_size() bytes, and a frame ...
//
// From how long the kernel took for the last writes follows how much it sends
// in TargetDelay(): that much may lie unsent in it, and a write has twice as
// much. Both are powers of two.
//
// Threads: the loopy writer's only.
class WriteSizer {
 public:
  static constexpr absl::Duration TargetDelay() {
    return absl::Microseconds(400);
  }
  static constexpr size_t kMinUnsent = 16 * 1024;
  static constexpr size_t kMaxUnsent = 128 * 1024;
  static constexpr size_t kInitialUnsent = 32 * 1024;
  // Shorter writes say little of the peer, and are not counted.
  static constexpr size_t kMinWrite = 16 * 1024;

  // The kernel took `n` bytes within `took`. True: unsent_limit() changed.
  bool OnWrite(size_t n, absl::Duration took);

  size_t unsent_limit() const { return unsent_limit_; }
  size_t write_size() const { return 2 * unsent_limit_; }

 private:
  size_t unsent_limit_ = kInitialUnsent;
  // A moving average.
  double seconds_per_byte_ =
      absl::ToDoubleSeconds(TargetDelay()) / kInitialUnsent;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_WRITE_SIZER_H_
