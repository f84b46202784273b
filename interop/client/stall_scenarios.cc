#include <grpcpp/client_context.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "interop/client/scenarios.h"
#include "interop/client/upload_group.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "proto/scenario.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/control_client.h"
#include "tests/support/recording_peer.h"
#include "tests/support/socket_watch.h"

namespace loopy {
namespace interop {
namespace {

constexpr absl::Duration kStuckBound = absl::Seconds(5);
// Uploads are stuck when no write completes for this long.
constexpr absl::Duration kQuiet = absl::Milliseconds(300);

struct LargeCall {
  grpc::ClientContext context;
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleResponse response;
  grpc::Status status;
  SteadyTime ended_at;
  absl::Notification ended;
};

absl::Status MakeSmallCall(grpc::testing::TestService::Stub* stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMicroseconds(kScenarioMargin));
  const grpc::testing::Empty request;
  grpc::testing::Empty response;
  const grpc::Status status = stub->EmptyCall(&context, request, &response);
  if (status.ok()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "the call after the stall failed: ", status.error_message()));
}

// Makes the server resume after `delay`, or when destroyed.
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

  // Resumes now, unless that was done before.
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

// Adds the time from here to the end of its scope to caller_blocked_ms.
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

// Waits until the calls have ended and the socket is gone, after the
// application has let go of the channel.
absl::Status AwaitGone(StuckUploads stuck, SteadyTime began,
                       absl::Duration bound, CloseResult* result) {
  const absl::Time deadline = absl::Now() + bound;
  while (true) {
    if (stuck.uploads != nullptr && stuck.uploads->ended()) {
      const grpc::Status status = stuck.uploads->last_status();
      result->set_calls_failed_ms(
          MillisecondsBetween(began, stuck.uploads->last_ended_at()));
      result->set_code(CodeName(status));
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
  // The ports of the client's ends of the closed connections.
  std::set<uint16_t> ports;
};

absl::StatusOr<Closed> CloseAndResume(const ScenarioOptions& options,
                                      ControlClient* control,
                                      absl::Duration resume_after) {
  auto stuck = StartStuckUploads(options, control);
  if (!stuck.ok()) return stuck.status();
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

absl::StatusOr<StuckUploads> TryToStartStuckUploads(
    const ScenarioOptions& options, ControlClient* control) {
  auto channel = MakeChannel(options.channel);
  if (!channel.ok()) return channel.status();
  absl::Status status = AwaitConnected(*channel, kConnectBound);
  if (!status.ok()) return status;
  auto sockets = SocketWatch::OfPeer(PortOf(options.channel.target));
  if (!sockets.ok()) return sockets.status();

  std::unique_ptr<UploadGroup> uploads;
  if (options.uploads > 0) {
    uploads = std::make_unique<UploadGroup>(*channel, options.uploads,
                                            options.upload_message_bytes);
  }
  if (uploads != nullptr && options.uploads_first) {
    uploads->Start();
    status = uploads->AwaitUnderWay(kStuckBound);
    if (!status.ok()) return status;
  }
  status = control->StallAtOnce(options.stall + kScenarioMargin);
  if (!status.ok()) return status;
  if (uploads != nullptr) {
    if (!options.uploads_first) uploads->Start();
    status = uploads->AwaitStuck(kQuiet, kStuckBound);
    if (!status.ok()) return status;
  }
  auto report = control->AwaitStalled(1, kStuckBound);
  if (!report.ok()) return report.status();
  return StuckUploads{*std::move(channel), std::move(uploads),
                      *std::move(sockets)};
}

}  // namespace

absl::StatusOr<StuckUploads> StartStuckUploads(const ScenarioOptions& options,
                                               ControlClient* control) {
  auto stuck = TryToStartStuckUploads(options, control);
  if (!stuck.ok()) control->Resume().IgnoreError();
  return stuck;
}

absl::StatusOr<DeadlineResult> RunDeadlineScenario(
    const ScenarioOptions& options) {
  auto channel = MakeChannel(options.channel);
  if (!channel.ok()) return channel.status();
  absl::Status status = AwaitConnected(*channel, kConnectBound);
  if (!status.ok()) return status;
  ControlClient control(options.control);
  status = control.StallAtOnce(options.stall);
  if (!status.ok()) return status;

  auto call = std::make_unique<LargeCall>();
  call->request.mutable_payload()->set_body(
      std::string(options.payload_bytes, '\0'));
  const SteadyTime started_at = std::chrono::steady_clock::now();
  call->context.set_deadline(std::chrono::system_clock::now() +
                             absl::ToChronoMicroseconds(options.deadline));
  const auto stub = grpc::testing::TestService::NewStub(*channel);
  stub->async()->UnaryCall(&call->context, &call->request, &call->response,
                           [call = call.get()](const grpc::Status& result) {
                             call->ended_at = std::chrono::steady_clock::now();
                             call->status = result;
                             call->ended.Notify();
                           });
  const absl::Duration bound = options.stall + kScenarioMargin;
  if (!call->ended.WaitForNotificationWithTimeout(bound)) {
    static_cast<void>(call.release());  // gRPC still uses it
    return absl::DeadlineExceededError(absl::StrCat(
        "the call has not ended after ", absl::FormatDuration(bound)));
  }
  DeadlineResult result;
  result.set_deadline_ms(absl::ToDoubleMilliseconds(options.deadline));
  result.set_ended_ms(MillisecondsBetween(started_at, call->ended_at));
  result.set_code(CodeName(call->status));
  result.set_message(call->status.error_message());
  DelayedResume resume(&control, options.resume_after);
  status = MakeSmallCall(stub.get());
  status.Update(resume.Finish());
  if (!status.ok()) return status;
  return result;
}

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

  LingerResult result;
  for (const ConnectionReport& connection : report->connections()) {
    if (closed->ports.count(PortOf(connection.peer())) == 0) continue;
    result.set_trailing_bytes(result.trailing_bytes() +
                              connection.trailing_bytes());
    result.set_goaway_was_last_frame(connection.last_frame().type() ==
                                     kGoAwayFrame);
    for (const GoAwayRecord& goaway : connection.goaways()) {
      result.set_goaway_seen(true);
      result.set_last_stream_id(goaway.last_stream_id());
      result.set_error_code(goaway.error_code());
      result.set_debug_data(goaway.debug_data());
    }
  }
  return result;
}

absl::StatusOr<CancelResult> RunCancelScenario(const ScenarioOptions& options) {
  ControlClient control(options.control);
  auto stuck = StartStuckUploads(options, &control);
  if (!stuck.ok()) return stuck.status();
  const SteadyTime began = std::chrono::steady_clock::now();
  stuck->uploads->Cancel();
  absl::Status status = stuck->uploads->AwaitEnded(options.stall);
  // The server reads again now, whether or not the uploads have ended.
  status = control.Resume();
  if (status.ok()) status = stuck->uploads->AwaitEnded(kScenarioMargin);
  if (!status.ok()) return status;
  CancelResult result;
  result.set_calls(static_cast<uint32_t>(options.uploads));
  result.set_ended_ms(
      MillisecondsBetween(began, stuck->uploads->last_ended_at()));
  result.set_code(CodeName(stuck->uploads->last_status()));
  return result;
}

}  // namespace interop
}  // namespace loopy
