#ifndef LOOPY_TRANSPORT_CONNECTION_STALL_WATCH_H_
#define LOOPY_TRANSPORT_CONNECTION_STALL_WATCH_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/mutex.h"
#include "transport/base/timeline.h"
#include "transport/control/writer_progress.h"

namespace loopy {

// Notices a connection that has bytes to send and makes no progress: a write
// does not end, or the connection's window is used up. It logs one line when
// that has lasted for `stall_log_after`, and one when it goes on. A write that
// makes no progress for `write_stall_timeout` ends the connection.
//
//   auto watch =
//       std::make_shared<StallWatch>(clock, options, peer, observer);
//   watch->OnWriteBegins(bytes);  // after the writer's progress says so
//   watch->OnWriteEnded();        // likewise
//   watch->Stop();
//
// Progress is what the peer's kernel acknowledges, so a slow peer is not a
// stalled one. Where that is not known (Unix sockets), it is the end of a
// write. Stalls are also events of the timeline, even those that come too soon
// after another one to be logged. A timer runs while something may be stuck,
// and for a while after; each write only reads two flags. The timer compares
// two moments, so the begin of a stall may be taken for later than it was, by a
// quarter of `stall_log_after`.
//
// Threads: any. Lifetime: shared with its timer.
class StallWatch final : public std::enable_shared_from_this<StallWatch> {
 public:
  // Lines of one connection are this far apart.
  static constexpr absl::Duration LogInterval() { return absl::Seconds(10); }
  // The kernel takes the first bytes of a connection whatever the peer does. No
  // timer runs for them, so a connection for one call needs none.
  static constexpr uint64_t kNeverStuck = 4096;
  // The timer looks so often before a stall is noticed.
  static constexpr int kLooks = 4;

  // Held while it is called.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual const WriterProgress& writer_progress() const = 0;
    // Called under the lock, not after Stop (see Endpoint).
    virtual absl::optional<uint64_t> AckedBytes() = 0;
    virtual size_t KernelBytes() = 0;  // likewise
    // Streams that are open or wait, and those that have ended so far.
    virtual size_t OpenStreams() = 0;
    virtual uint64_t EndedStreams() = 0;
    // One line for the log.
    virtual void OnStallLine(const std::string& line) = 0;
    virtual void OnWriteStallTimeout(absl::Status why) = 0;
  };

  StallWatch(Clock* clock, const ConnectionOptions& options, std::string peer,
             std::weak_ptr<Observer> observer)
      : clock_(clock),
        timeline_(options.timeline),
        log_after_(options.stall_log_after),
        timeout_(options.write_stall_timeout),
        peer_(std::move(peer)),
        observer_(std::move(observer)) {}

  // ---- The writer's, on its thread
  void OnWriteBegins(size_t bytes) {
    if (noticed_.load(std::memory_order_relaxed)) GoOn();
    if (armed_.load(std::memory_order_relaxed)) return;
    written_ += bytes;
    if (written_ > kNeverStuck) Arm();
  }
  void OnWriteEnded() {
    if (noticed_.load(std::memory_order_relaxed)) GoOn();
  }

  void Stop();

  // ---- For anyone
  struct State {
    size_t kernel_bytes = 0;
    // Something is to be sent, and there was no progress for so long. 0: the
    // connection can send.
    absl::Duration stalled_for;
    bool by_window = false;  // the connection's, and not the socket
  };
  State Look();

 private:
  // What the timer found.
  struct Finding {
    bool begins = false;  // a stall, which nobody had noticed
    bool log = false;
    bool times_out = false;
    bool is_window = false;
    absl::Duration lasted;
    absl::Duration next = absl::InfiniteDuration();  // infinite: sleep
  };

  bool enabled() const {
    return std::min(log_after_, timeout_) != absl::InfiniteDuration();
  }
  void Arm();
  void Schedule(absl::Duration delay);
  void OnTimer();
  Finding LookLocked(Observer* observer, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns since when something keeps the connection from sending, if it does.
  struct Blocked {
    absl::Time since;
    bool by_window = false;
  };
  absl::optional<Blocked> BlockedLocked(Observer* observer, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static absl::optional<Blocked> FindBlocked(const WriterProgress& progress);
  void Tell(Observer* observer, const Finding& finding);
  // A stall that was noticed is over.
  void GoOn();

  Clock* const clock_;
  const TimelineTrack timeline_;
  const absl::Duration log_after_;
  const absl::Duration timeout_;
  const std::string peer_;
  const std::weak_ptr<Observer> observer_;

  uint64_t written_ = 0;  // the writer's: by writes that found no timer
  std::atomic<bool> armed_{false};  // the timer runs, or is about to
  // A stall has lasted for `log_after_`, and its end was not noticed.
  std::atomic<bool> noticed_{false};

  Mutex mu_{LockRank::kStallWatch};
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  Clock::TimerHandle timer_ ABSL_GUARDED_BY(mu_) = 0;
  absl::optional<uint64_t> acked_ ABSL_GUARDED_BY(mu_);
  // There was progress at this moment.
  absl::Time progress_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  absl::Time logged_at_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  // Of the stall that was noticed: whether it was logged, its begin, and the
  // streams that had ended.
  bool logged_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time stalled_since_ ABSL_GUARDED_BY(mu_);
  uint64_t ended_before_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_STALL_WATCH_H_
