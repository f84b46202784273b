#ifndef LOOPY_TRANSPORT_WRITER_WRITE_SIZER_H_
#define LOOPY_TRANSPORT_WRITER_WRITE_SIZER_H_

#include <algorithm>
#include <cstddef>

#include "absl/time/time.h"
#include "transport/base/endpoint.h"

namespace loopy {

// Sizes the writes to the kernel. Nothing can overtake what was handed over, so
// a small call beside bulk would wait for it. But every write costs CPU, and so
// does a kernel that is kept short.
//
//   if (overtaken) sizer.OnOvertaking();
//   if (sizer.OnWrite(bytes, took, now)) endpoint->SetUnsentLimit(
//       sizer.unsent_limit());
//   ... the next write has at most sizer.write_size() bytes, and a frame ...
//
// Estimates the kernel's send rate from recent writes, and limits unsent bytes
// to what it can send within the target delay. The target is a quick one while
// small messages go ahead of bulk, and for Calm() after the last one. Otherwise
// bulk is by itself, and gets more. The limits are powers of two. A small write
// has twice as many bytes, a large one has as many and kSlack.
//
// Threads: the loopy writer's only.
class WriteSizer {
 public:
  struct Target {
    absl::Duration delay;
    size_t max_unsent;
  };
  // Small calls beside bulk wait for no more than this.
  static constexpr Target Quick() {
    return {absl::Microseconds(400), size_t{512} * 1024};
  }
  // With a fast peer bulk is as quick as the CPU lets it be, and each write
  // costs some.
  static constexpr Target QuickToFastPeer() {
    return {absl::Microseconds(1200), size_t{512} * 1024};
  }
  static constexpr double kFastPeer = 256e6;  // bytes a second
  // The largest send buffer that Linux gives by itself (tcp_wmem): with a fast
  // peer, no limit.
  static constexpr Target Alone() {
    return {absl::Milliseconds(2), size_t{4} * 1024 * 1024};
  }
  static constexpr absl::Duration Calm() { return absl::Seconds(1); }

  static constexpr size_t kMinUnsent = 16 * 1024;
  // A write that the limit of unsent bytes would make shorter has twice the
  // limit, up to this;
  static constexpr size_t kLongWrite = 512 * 1024;
  // one that is longer, of a stream that is alone, has the limit, up to this.
  static constexpr size_t kMaxWrite = 2 * 1024 * 1024;
  // Large messages have the size of a power of two, a few bytes of their own,
  // and the headers of their frames. All of that goes with one write.
  static constexpr size_t kSlack = 16 * 1024;
  // Shorter writes say little of the peer, and are not counted.
  static constexpr size_t kMinWrite = 16 * 1024;

  // A small message goes ahead of bulk, or right behind it. The write that is
  // being filled is not a very long one any more.
  void OnOvertaking() {
    overtaken_ = true;
    write_size_ = shared_write_size();
  }

  // The kernel took `n` bytes within `took`. True: unsent_limit() changed.
  bool OnWrite(size_t n, absl::Duration took, absl::Time now);

  size_t unsent_limit() const { return unsent_limit_; }
  size_t write_size() const { return write_size_; }
  // The same for a write with data of several streams. A stuck write holds the
  // messages of calls that have ended, if some of their bytes are in it.
  size_t shared_write_size() const {
    return std::min(write_size_, kLongWrite + kSlack);
  }

 private:
  static size_t WriteSizeFor(size_t unsent_limit);
  // Returns what the kernel sends in the delay that is wanted at `now`, at most
  // its maximum.
  double Wanted(absl::Time now);

  size_t unsent_limit_ = Endpoint::kInitialUnsentLimit;
  size_t write_size_ = 2 * Endpoint::kInitialUnsentLimit;
  // Sums of the last writes; each counts for less than the one after it.
  double bytes_ = 0;
  double seconds_ = 0;
  bool overtaken_ = false;
  absl::Time last_overtaking_ = absl::InfinitePast();
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_WRITE_SIZER_H_
