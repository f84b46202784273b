#include "interop/client/memory_scenario.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "interop/client/caller_threads.h"
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

// Makes calls that are expected to end by their deadline, with an error.
// Threads: any.
class ShortCalls {
 public:
  ShortCalls(const std::shared_ptr<grpc::Channel>& channel,
             const MemoryOptions& options)
      : options_(options), stub_(TestService::NewStub(channel)) {
    request_.mutable_payload()->set_body(
        std::string(options.payload_bytes, '\0'));
    message_.mutable_payload()->set_body(
        std::string(options.payload_bytes, '\0'));
  }

  void MakeCall() const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMicroseconds(options_.deadline));
    if (!options_.streaming) {
      grpc::testing::SimpleResponse response;
      static_cast<void>(stub_->UnaryCall(&context, request_, &response));
      return;
    }
    grpc::testing::StreamingInputCallResponse response;
    const auto call = stub_->StreamingInputCall(&context, &response);
    while (call->Write(message_)) {
    }
    static_cast<void>(call->Finish());
  }

 private:
  const MemoryOptions options_;
  const std::unique_ptr<TestService::Stub> stub_;
  grpc::testing::SimpleRequest request_;
  grpc::testing::StreamingInputCallRequest message_;
};

// One measurement, taken while no call of the callers is alive.
struct Point {
  SteadyTime at = std::chrono::steady_clock::now();
  double heap = HeapBytes();
  double resident = ResidentBytes();
  uint64_t ended = 0;
};

// Lets the callers run for so long.
absl::StatusOr<Point> RunUntilPoint(CallerThreads* callers,
                                    absl::Duration duration) {
  callers->Run();
  absl::SleepFor(duration);
  if (!callers->Pause(kEndBound)) {
    return absl::DeadlineExceededError(
        absl::StrCat(callers->alive(), " calls are alive ",
                     absl::FormatDuration(kEndBound), " later"));
  }
  Point point;
  point.ended = callers->ended();
  return point;
}

absl::Status Measure(const ScenarioOptions& options,
                     const std::shared_ptr<grpc::Channel>& channel,
                     MemoryResult* result) {
  const ShortCalls calls(channel, options.memory);
  CallerThreads callers(options.memory.callers,
                        [&calls](size_t) { calls.MakeCall(); });
  const absl::Duration lead = options.stall / kMemoryLeadFraction;
  const auto begin = RunUntilPoint(&callers, lead);
  if (!begin.ok()) return begin.status();
  const auto end = RunUntilPoint(&callers, options.stall - lead);
  if (!end.ok()) return end.status();
  const auto ended = static_cast<double>(end->ended - begin->ended);
  if (ended == 0) return absl::InternalError("no call ended");
  result->set_calls(static_cast<uint32_t>(ended));
  result->set_seconds(MillisecondsBetween(begin->at, end->at) / 1000);
  result->set_heap_kb_per_call((end->heap - begin->heap) / kKb / ended);
  result->set_rss_kb_per_call((end->resident - begin->resident) / kKb / ended);
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
