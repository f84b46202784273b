#include "transport/connection/stall_watch.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "transport/stream/wait.h"

namespace loopy {

absl::optional<StallWatch::Blocked> StallWatch::FindBlocked(
    const WriterProgress& progress) {
  const uint64_t ended = progress.write_ended.load(std::memory_order_relaxed);
  if (progress.write_begun.load(std::memory_order_relaxed) > ended) {
    return Blocked{progress.write_began_at.Get().value_or(absl::InfinitePast()),
                   false};
  }
  const auto window = progress.window_used_up_at.Get();
  if (window.has_value()) return Blocked{*window, true};
  return absl::nullopt;
}

absl::optional<StallWatch::Blocked> StallWatch::BlockedLocked(
    Observer* observer, absl::Time now) {
  absl::optional<Blocked> blocked = FindBlocked(observer->writer_progress());
  if (!blocked.has_value()) return blocked;
  const absl::optional<uint64_t> acked = observer->AckedBytes();
  if (std::exchange(acked_, acked) != acked) progress_at_ = now;
  blocked->since = std::max(blocked->since, progress_at_);
  return blocked;
}

StallWatch::State StallWatch::Look() {
  State state;
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return state;
  const absl::Time now = clock_->Now();
  MutexLock lock(&mu_);
  if (stopped_) return state;
  state.kernel_bytes = observer->KernelBytes();
  const auto blocked = BlockedLocked(observer.get(), now);
  if (!blocked.has_value()) return state;
  state.stalled_for = std::max(now - blocked->since, absl::ZeroDuration());
  state.by_window = blocked->by_window;
  return state;
}

void StallWatch::Arm() {
  if (!enabled() || armed_.exchange(true)) return;
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return;
  {
    MutexLock lock(&mu_);
    if (stopped_) return;
    acked_ = observer->AckedBytes();
  }
  Schedule(std::min(log_after_, timeout_) / kLooks);
}

void StallWatch::Schedule(absl::Duration delay) {
  const Clock::TimerHandle timer =
      clock_->RunAfter(delay, [self = shared_from_this()] { self->OnTimer(); });
  bool stopped = false;
  {
    MutexLock lock(&mu_);
    stopped = stopped_;
    if (!stopped) timer_ = timer;
  }
  if (stopped) clock_->Cancel(timer);
}

void StallWatch::Stop() {
  Clock::TimerHandle timer = 0;
  {
    MutexLock lock(&mu_);
    stopped_ = true;
    timer = std::exchange(timer_, 0);
  }
  clock_->Cancel(timer);
  if (noticed_.exchange(false)) timeline_.OnStallEnds();
}

void StallWatch::OnTimer() {
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return;
  const absl::Time now = clock_->Now();
  Finding finding;
  {
    MutexLock lock(&mu_);
    timer_ = 0;
    if (stopped_) return;
    finding = LookLocked(observer.get(), now);
  }
  Tell(observer.get(), finding);
  if (finding.times_out) return;
  if (finding.next != absl::InfiniteDuration()) {
    Schedule(finding.next);
    return;
  }
  armed_.store(false);
  // The writer may have begun a write before it could see that.
  if (FindBlocked(observer->writer_progress()).has_value()) Arm();
}

StallWatch::Finding StallWatch::LookLocked(Observer* observer, absl::Time now) {
  Finding finding;
  const auto blocked = BlockedLocked(observer, now);
  if (!blocked.has_value()) return finding;
  finding.is_window = blocked->by_window;
  finding.lasted = now - blocked->since;
  finding.times_out = !blocked->by_window && finding.lasted >= timeout_;
  if (finding.lasted >= log_after_) {
    finding.begins = !noticed_.load(std::memory_order_relaxed);
    if (finding.begins) {
      stalled_since_ = blocked->since;
      logged_ = false;
    }
    finding.log = !logged_ && now - logged_at_ >= LogInterval();
    if (finding.log) {
      logged_at_ = now;
      logged_ = true;
    }
  }
  // Soon after progress, to see when it stops.
  finding.next =
      finding.lasted < log_after_ ? log_after_ - finding.lasted : log_after_;
  if (progress_at_ == now) finding.next = log_after_ / kLooks;
  finding.next = std::min(finding.next, timeout_ / kLooks);
  if (!blocked->by_window && timeout_ > finding.lasted) {
    finding.next = std::min(finding.next, timeout_ - finding.lasted);
  }
  return finding;
}

void StallWatch::Tell(Observer* observer, const Finding& finding) {
  const WriterProgress& progress = observer->writer_progress();
  const size_t bytes = progress.write_bytes.load(std::memory_order_relaxed);
  const double seconds = absl::ToDoubleSeconds(finding.lasted);
  if (finding.begins) {
    const uint64_t ended = observer->EndedStreams();
    {
      MutexLock lock(&mu_);
      ended_before_ = ended;
    }
    timeline_.OnStallBegins(
        WaitCauseName(finding.is_window ? WaitCause::kConnectionWindow
                                        : WaitCause::kSocket),
        finding.lasted);
    noticed_.store(true, std::memory_order_relaxed);
  }
  if (finding.log) {
    const std::string what =
        finding.is_window
            ? "the connection's window is used up"
            : absl::StrFormat("a write of %d bytes has not ended", bytes);
    observer->OnStallLine(absl::StrFormat(
        "loopy: %s has taken nothing for %.1f s: %s; %d calls are open", peer_,
        seconds, what, observer->OpenStreams()));
  }
  if (finding.times_out) {
    observer->OnWriteStallTimeout(absl::UnavailableError(absl::StrFormat(
        "write stalled: %s has taken nothing for %.1f s", peer_, seconds)));
  }
}

void StallWatch::GoOn() {
  const std::shared_ptr<Observer> observer = observer_.lock();
  if (observer == nullptr) return;
  const absl::Time now = clock_->Now();
  uint64_t ended = observer->EndedStreams();
  absl::Duration lasted;
  bool logged = false;
  {
    MutexLock lock(&mu_);
    if (!noticed_.exchange(false)) return;
    lasted = now - stalled_since_;
    ended -= ended_before_;
    logged = logged_;
  }
  timeline_.OnStallEnds();
  if (!logged) return;
  observer->OnStallLine(absl::StrFormat(
      "loopy: %s goes on after %.1f s; %d calls ended meanwhile", peer_,
      absl::ToDoubleSeconds(lasted), ended));
}

}  // namespace loopy
