#ifndef LOOPY_TRANSPORT_WRITER_SMALL_WRITE_POLICY_H_
#define LOOPY_TRANSPORT_WRITER_SMALL_WRITE_POLICY_H_

#include <atomic>
#include <cstddef>
#include <utility>

#include "absl/time/time.h"

namespace loopy {

// Decides whether the writer puts a small write off, because more is likely to
// go with it. Each write is put off once at most by a thread.
//
//   policy.OnTurnBegins(/*may_put_off=*/true);
//   policy.OnBatch(batch.crowded);
//   if (policy.MayPutOff(size)) {
//     if (policy.IsBurst(since_last_write)) ...  // leave it to the poller
//     if (policy.has_taken_over()) ...           // yield
//     if (policy.TakeCrowd()) ...                // hand over, or yield
//   }
//
// Threads: OnRead may be called from any. The rest is the writer's.
class SmallWritePolicy {
 public:
  // A write of at least this size begins at once (grpc-go: minBatchSize).
  static constexpr size_t kMinBatchSize = 1000;

  // Two writes of callers with no read between them are a burst if they follow
  // each other within this time.
  static constexpr absl::Duration kBurst = absl::Microseconds(100);

  // A caller, which is a thread with calls, may put a write off, and so may a
  // thread that has taken over from it. The reader's and a poller's may not.
  void OnTurnBegins(bool may_put_off) {
    may_put_off_ = may_put_off;
    has_taken_over_ = false;
  }

  // A thread without calls goes on. The callers need not wait for it, so it
  // lets them put more before each of its small writes.
  void OnTakeOver() { has_taken_over_ = true; }
  bool has_taken_over() const { return has_taken_over_; }

  // Callers have put something while another one was the writer, or have not.
  void OnBatch(bool crowded) { crowded_ |= crowded; }

  // Frames of so many responses were read. A lone unary call follows those of
  // one response, and several calls are likely to follow those of several.
  void OnRead(int responses) {
    last_read_.store(responses > 1 ? Read::kOfSeveral : Read::kOfOne,
                     std::memory_order_relaxed);
  }

  bool MayPutOff(size_t size) const {
    return may_put_off_ && size < kMinBatchSize;
  }

  // Returns true if callers write so often that they are likely to put more
  // before a thread that is woken gets to write it.
  bool IsBurst(absl::Duration since_last_write) {
    const Read read =
        last_read_.exchange(Read::kNone, std::memory_order_relaxed);
    return read == Read::kOfSeveral ||
           (read == Read::kNone && since_last_write < kBurst);
  }

  // Returns true once after a crowded batch. Each thread of a crowd is about to
  // block, and may put more before it does. A crowd that comes while the writer
  // has been taken over stays one for the next caller: it is likely to go on.
  bool TakeCrowd() { return std::exchange(crowded_, false); }

 private:
  enum class Read { kNone, kOfOne, kOfSeveral };

  bool may_put_off_ = false;
  bool has_taken_over_ = false;
  bool crowded_ = false;
  std::atomic<Read> last_read_{Read::kOfOne};  // since IsBurst
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_SMALL_WRITE_POLICY_H_
