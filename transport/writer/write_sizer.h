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
// A stream that has been alone for kWritesAlone writes has nobody who would
// wait for it, and gets kAloneUnsent. Company changes that at once.
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

  static constexpr int kWritesAlone = 256;
  static constexpr size_t kAloneUnsent = 2 * 1024 * 1024;
  static constexpr size_t kAloneWrite = 512 * 1024;

  // The kernel took `n` bytes within `took`, while `open_streams` streams were
  // open. True: unsent_limit() changed.
  bool OnWrite(size_t n, absl::Duration took, size_t open_streams);
  // A stream was opened while another one is. True: unsent_limit() changed.
  bool OnCompany();

  size_t unsent_limit() const { return alone() ? kAloneUnsent : unsent_limit_; }
  size_t write_size() const {
    return alone() ? kAloneWrite : 2 * unsent_limit_;
  }

 private:
  bool alone() const { return writes_alone_ >= kWritesAlone; }

  size_t unsent_limit_ = kInitialUnsent;
  int writes_alone_ = 0;
  // A moving average.
  double seconds_per_byte_ =
      absl::ToDoubleSeconds(TargetDelay()) / kInitialUnsent;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_WRITE_SIZER_H_
