#ifndef LOOPY_TRANSPORT_BASE_ATOMIC_TIME_H_
#define LOOPY_TRANSPORT_BASE_ATOMIC_TIME_H_

#include <atomic>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace loopy {

// A time that one thread sets and others read, without a lock. It orders
// nothing else. Threads: any.
class AtomicTime {
 public:
  void Set(absl::Time time) {
    nanos_.store(absl::ToUnixNanos(time), std::memory_order_relaxed);
  }
  void Clear() { nanos_.store(kNone, std::memory_order_relaxed); }
  // Keeps since when something goes on: sets the time, which `now` returns,
  // when it begins, and clears it when it is over.
  template <typename Now>
  void Track(bool goes_on, Now now) {
    if (goes_on == is_set()) return;
    if (goes_on) {
      Set(now());
    } else {
      Clear();
    }
  }
  bool is_set() const {
    return nanos_.load(std::memory_order_relaxed) != kNone;
  }
  absl::optional<absl::Time> Get() const {
    const int64_t nanos = nanos_.load(std::memory_order_relaxed);
    if (nanos == kNone) return absl::nullopt;
    return absl::FromUnixNanos(nanos);
  }

 private:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

  std::atomic<int64_t> nanos_{kNone};
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_ATOMIC_TIME_H_
