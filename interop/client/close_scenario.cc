#include "interop/client/close_scenario.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "interop/client/control_client.h"
#include "interop/client/socket_watch.h"
#include "interop/client/stuck_uploads.h"
#include "interop/client/upload_group.h"

namespace loopy {
namespace interop {
namespace {

// Has the server resume after a while, or when destroyed.
class DelayedResume {
 public:
  DelayedResume(ControlClient* control, absl::Duration delay)
      : thread_([this, control, delay] {
          now_.WaitForNotificationWithTimeout(delay);
          status_ = control->Resume();
        }) {}

  ~DelayedResume() {
    if (thread_.joinable()) Finish().IgnoreError();
  }

  DelayedResume(const DelayedResume&) = delete;
  DelayedResume& operator=(const DelayedResume&) = delete;

  // Resumes now if that was not done yet.
  absl::Status Finish() {
    now_.Notify();
    thread_.join();
    return status_;
  }

 private:
  absl::Notification now_;
  absl::Status status_;
  std::thread thread_;
};

// Adds the time until the end of its scope.
class BlockedTimer {
 public:
  explicit BlockedTimer(CloseResult* result)
      : result_(result), begin_(std::chrono::steady_clock::now()) {}
  ~BlockedTimer() {
    result_->set_caller_blocked_ms(
        result_->caller_blocked_ms() +
        MillisecondsBetween(begin_, std::chrono::steady_clock::now()));
  }

 private:
  CloseResult* const result_;
  const SteadyTime begin_;
};

// After the application let go of what it could: until nothing is left.
absl::Status AwaitGone(StuckUploads stuck, SteadyTime began,
                       absl::Duration bound, CloseResult* result) {
  const absl::Time deadline = absl::Now() + bound;
  while (true) {
    if (stuck.uploads != nullptr && stuck.uploads->ended()) {
      const grpc::Status status = stuck.uploads->last_status();
      result->set_calls_failed_ms(
          MillisecondsBetween(began, stuck.uploads->last_ended_at()));
      result->set_code(absl::StatusCodeToString(
          static_cast<absl::StatusCode>(status.error_code())));
      result->set_message(status.error_message());
      const BlockedTimer blocked(result);
      stuck.uploads.reset();
    }
    if (stuck.sockets.Gone()) break;
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(stuck.uploads != nullptr ? "calls" : "the socket",
                       " not gone after ", absl::FormatDuration(bound)));
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  result->set_socket_gone_ms(
      MillisecondsBetween(began, std::chrono::steady_clock::now()));
  if (stuck.uploads != nullptr) {
    return absl::InternalError("the socket was gone before the calls ended");
  }
  return absl::OkStatus();
}

struct Closed {
  CloseResult result;
  // The client's ends of what was closed.
  std::set<uint16_t> ports;
};

absl::StatusOr<Closed> CloseAndResume(const ScenarioOptions& options,
                                      ControlClient* control,
                                      absl::Duration resume_after) {
  auto stuck = StartStuckUploads(options, control);
  if (!stuck.ok()) {
    control->Resume().IgnoreError();
    return stuck.status();
  }
  Closed closed;
  closed.ports = stuck->sockets.local_ports();
  const SteadyTime began = std::chrono::steady_clock::now();
  DelayedResume resume(control, resume_after);
  {
    const BlockedTimer blocked(&closed.result);
    if (stuck->uploads != nullptr) stuck->uploads->Cancel();
    stuck->channel.reset();
  }
  absl::Status status =
      AwaitGone(*std::move(stuck), began, options.stall + kScenarioMargin,
                &closed.result);
  status.Update(resume.Finish());
  if (!status.ok()) return status;
  return closed;
}

}  // namespace

absl::StatusOr<CloseResult> RunCloseScenario(const ScenarioOptions& options) {
  ControlClient control(options.control);
  auto closed = CloseAndResume(options, &control, options.stall);
  if (!closed.ok()) return closed.status();
  return std::move(closed->result);
}

absl::StatusOr<LingerResult> RunLingerScenario(const ScenarioOptions& options) {
  ControlClient control(options.control);
  const auto closed = CloseAndResume(options, &control, options.resume_after);
  if (!closed.ok()) return closed.status();
  const auto report = control.AwaitClosed(kScenarioMargin);
  if (!report.ok()) return report.status();

  constexpr uint32_t kGoAway = 0x7;  // RFC 9113 section 6.8
  LingerResult result;
  for (const ConnectionReport& connection : report->connections()) {
    if (closed->ports.count(PortOf(connection.peer())) == 0) continue;
    result.set_trailing_bytes(result.trailing_bytes() +
                              connection.trailing_bytes());
    result.set_goaway_was_last_frame(connection.last_frame().type() == kGoAway);
    for (const GoAwayRecord& goaway : connection.goaways()) {
      result.set_goaway_seen(true);
      result.set_last_stream_id(goaway.last_stream_id());
      result.set_error_code(goaway.error_code());
      result.set_debug_data(goaway.debug_data());
    }
  }
  return result;
}

}  // namespace interop
}  // namespace loopy
