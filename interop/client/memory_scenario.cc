#include "interop/client/memory_scenario.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "interop/client/control_client.h"
#include "interop/client/process_memory.h"
#include "interop/client/stuck_uploads.h"
#include "interop/client/upload_group.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::TestService;

constexpr double kKb = 1000;
// By when every call has ended whose deadline is over, and by when the next
// call has ended once the server reads.
constexpr absl::Duration kEndBound = absl::Seconds(5);
constexpr absl::Duration kNextCallBound = absl::Seconds(10);

// Threads that make one call after the other, except while they pause. Each
// call is expected to end by its deadline, with an error.
//
// Example:
//   Callers callers(channel, options.memory);
//   callers.Run();
//   ...
//   absl::Status status = callers.Pause();
//   callers.ended();
//
// Threads: the public methods are for one thread.
class Callers {
 public:
  Callers(const std::shared_ptr<grpc::Channel>& channel,
          const MemoryOptions& options)
      : options_(options), stub_(TestService::NewStub(channel)) {
    request_.mutable_payload()->set_body(
        std::string(options.payload_bytes, '\0'));
    message_.mutable_payload()->set_body(
        std::string(options.payload_bytes, '\0'));
    for (size_t i = 0; i < options.callers; ++i) {
      threads_.emplace_back([this] { MakeCalls(); });
    }
  }

  ~Callers() {
    SetState(State::kStopped);
    for (std::thread& thread : threads_) thread.join();
  }

  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  void Run() { SetState(State::kRunning); }

  // Waits until no call is alive.
  absl::Status Pause() {
    SetState(State::kPaused);
    absl::MutexLock lock(&mutex_);
    const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return alive_ == 0;
    };
    if (mutex_.AwaitWithTimeout(absl::Condition(&none),
                                options_.deadline + kEndBound)) {
      return absl::OkStatus();
    }
    return absl::DeadlineExceededError(absl::StrCat(
        alive_, " calls are alive ", absl::FormatDuration(kEndBound),
        " after their deadlines"));
  }

  uint64_t ended() const {
    absl::MutexLock lock(&mutex_);
    return ended_;
  }

 private:
  enum class State { kPaused, kRunning, kStopped };

  void SetState(State state) {
    absl::MutexLock lock(&mutex_);
    state_ = state;
  }

  // Waits for its turn; false: there are to be no more calls.
  bool BeginCall() {
    absl::MutexLock lock(&mutex_);
    const auto not_paused = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return state_ != State::kPaused;
    };
    mutex_.Await(absl::Condition(&not_paused));
    if (state_ == State::kStopped) return false;
    ++alive_;
    return true;
  }

  void EndCall() {
    absl::MutexLock lock(&mutex_);
    --alive_;
    ++ended_;
  }

  void MakeCalls() {
    while (BeginCall()) {
      if (options_.streaming) {
        MakeStreamingCall();
      } else {
        MakeUnaryCall();
      }
      EndCall();
    }
  }

  void MakeUnaryCall() {
    grpc::ClientContext context;
    SetDeadline(&context);
    grpc::testing::SimpleResponse response;
    static_cast<void>(stub_->UnaryCall(&context, request_, &response));
  }

  void MakeStreamingCall() {
    grpc::ClientContext context;
    SetDeadline(&context);
    grpc::testing::StreamingInputCallResponse response;
    const auto call = stub_->StreamingInputCall(&context, &response);
    while (call->Write(message_)) {
    }
    static_cast<void>(call->Finish());
  }

  void SetDeadline(grpc::ClientContext* context) const {
    context->set_deadline(std::chrono::system_clock::now() +
                          absl::ToChronoMicroseconds(options_.deadline));
  }

  const MemoryOptions options_;
  const std::unique_ptr<TestService::Stub> stub_;
  grpc::testing::SimpleRequest request_;
  grpc::testing::StreamingInputCallRequest message_;
  std::vector<std::thread> threads_;

  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kPaused;
  size_t alive_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What there was at one time, with no call of the callers alive.
struct Point {
  SteadyTime at = std::chrono::steady_clock::now();
  double heap = HeapBytes();
  double resident = ResidentBytes();
  uint64_t ended = 0;
};

// Lets the callers run for so long.
absl::StatusOr<Point> RunUntilPoint(Callers* callers, absl::Duration duration) {
  callers->Run();
  absl::SleepFor(duration);
  const absl::Status status = callers->Pause();
  if (!status.ok()) return status;
  Point point;
  point.ended = callers->ended();
  return point;
}

absl::Status Measure(const ScenarioOptions& options,
                     const std::shared_ptr<grpc::Channel>& channel,
                     MemoryResult* result) {
  Callers callers(channel, options.memory);
  const absl::Duration lead = options.stall / kMemoryLeadFraction;
  const auto begin = RunUntilPoint(&callers, lead);
  if (!begin.ok()) return begin.status();
  const auto end = RunUntilPoint(&callers, options.stall - lead);
  if (!end.ok()) return end.status();
  const auto calls = static_cast<double>(end->ended - begin->ended);
  if (calls == 0) return absl::InternalError("no call ended");
  result->set_calls(static_cast<uint32_t>(calls));
  result->set_seconds(MillisecondsBetween(begin->at, end->at) / 1000);
  result->set_heap_kb_per_call((end->heap - begin->heap) / kKb / calls);
  result->set_rss_kb_per_call((end->resident - begin->resident) / kKb / calls);
  return absl::OkStatus();
}

void MakeNextCall(const std::shared_ptr<grpc::Channel>& channel,
                  MemoryResult* result) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMilliseconds(kNextCallBound));
  const grpc::testing::Empty request;
  grpc::testing::Empty response;
  const SteadyTime began = std::chrono::steady_clock::now();
  const grpc::Status status =
      TestService::NewStub(channel)->EmptyCall(&context, request, &response);
  result->set_next_call_ms(
      MillisecondsBetween(began, std::chrono::steady_clock::now()));
  result->set_next_call_code(absl::StatusCodeToString(
      static_cast<absl::StatusCode>(status.error_code())));
}

}  // namespace

absl::StatusOr<MemoryResult> RunMemoryScenario(const ScenarioOptions& options) {
  ControlClient control(options.control);
  auto stuck = StartStuckUploads(options, &control);
  if (!stuck.ok()) {
    control.Resume().IgnoreError();
    return stuck.status();
  }
  MemoryResult result;
  if (options.memory.cancel_uploads) stuck->uploads->Cancel();
  absl::Status status = Measure(options, stuck->channel, &result);
  if (!status.ok()) {
    control.Resume().IgnoreError();
    return status;
  }
  stuck->uploads->Cancel();
  // With a transport that waits for the server they end only later.
  stuck->uploads->AwaitEnded(kEndBound).IgnoreError();
  const double held = HeapBytes();
  status = control.Resume();
  if (!status.ok()) return status;
  MakeNextCall(stuck->channel, &result);
  status = stuck->uploads->AwaitEnded(kScenarioMargin);
  if (!status.ok()) return status;
  result.set_held_kb((held - HeapBytes()) / kKb);
  return result;
}

}  // namespace interop
}  // namespace loopy
