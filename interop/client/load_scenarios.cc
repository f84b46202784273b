#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "interop/client/scenarios.h"
#include "interop/client/upload_group.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "proto/scenario.pb.h"
#include "tests/support/caller_threads.h"
#include "tests/support/channel_factory.h"
#include "tests/support/control_client.h"
#include "tests/support/process_memory.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::TestService;

constexpr absl::Duration kWarmUp = absl::Milliseconds(500);
constexpr int32_t kSmallBytes = 10;

// The bytes that the server had read from all connections at one time.
struct ReadSoFar {
  uint64_t bytes = 0;
  SteadyTime at;
};

absl::StatusOr<ReadSoFar> AskReadSoFar(ControlClient* control) {
  const auto report = control->GetReport();
  if (!report.ok()) return report.status();
  ReadSoFar so_far;
  so_far.at = std::chrono::steady_clock::now();
  for (const ConnectionReport& connection : report->connections()) {
    so_far.bytes += connection.bytes_read();
  }
  return so_far;
}

// Makes calls for `duration`, one after the other, and appends the time that
// each took.
absl::Status MakeSmallCalls(TestService::Stub* stub, absl::Duration duration,
                            std::vector<double>* milliseconds) {
  grpc::testing::SimpleRequest request;
  request.set_response_size(kSmallBytes);
  request.mutable_payload()->set_body(std::string(kSmallBytes, '\0'));
  grpc::testing::SimpleResponse response;
  SteadyTime begin = std::chrono::steady_clock::now();
  const SteadyTime stop = begin + absl::ToChronoMicroseconds(duration);
  while (begin < stop) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoSeconds(kScenarioMargin));
    const grpc::Status status = stub->UnaryCall(&context, request, &response);
    if (!status.ok()) {
      return absl::InternalError(
          absl::StrCat("a small call failed: ", status.error_message()));
    }
    const SteadyTime end = std::chrono::steady_clock::now();
    milliseconds->push_back(MillisecondsBetween(begin, end));
    begin = end;
  }
  return absl::OkStatus();
}

// Returns the smallest value that `percent` percent of the values do not
// exceed.
double Percentile(const std::vector<double>& sorted, size_t percent) {
  return sorted[(sorted.size() * percent + 99) / 100 - 1];
}

constexpr double kKb = 1000;
// A call ends within this time after its deadline.
constexpr absl::Duration kEndBound = absl::Seconds(5);
// The next call ends within this time after the server reads again.
constexpr absl::Duration kNextCallBound = absl::Seconds(10);

// Makes calls that are expected to end by their deadline, with an error.
// Thread-safe.
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

// Calls that have ended are freed within this time, on gRPC's threads.
constexpr int kLooks = 20;
constexpr absl::Duration kLookInterval = absl::Milliseconds(10);

// Returns the smallest of some readings: what is about to be freed is in the
// first ones, and what stays is in all.
double SettledHeapBytes() {
  double least = HeapBytes();
  for (int i = 1; i < kLooks; ++i) {
    absl::SleepFor(kLookInterval);
    least = std::min(least, HeapBytes());
  }
  return least;
}

// A measurement that was taken while no call of the callers was alive.
struct Point {
  SteadyTime at = std::chrono::steady_clock::now();
  double heap = SettledHeapBytes();
  double resident = ResidentBytes();
  uint64_t ended = 0;
};

// Lets the callers run for `duration`, and measures after it.
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
  result->set_next_call_code(CodeName(status));
}

}  // namespace

absl::StatusOr<FairnessResult> RunFairnessScenario(
    const ScenarioOptions& options) {
  auto channel = MakeChannel(options.channel);
  if (!channel.ok()) return channel.status();
  absl::Status status = AwaitConnected(*channel, kConnectBound);
  if (!status.ok()) return status;
  ControlClient control(options.control);
  const auto stub = TestService::NewStub(*channel);

  UploadGroup bulk(*channel, options.bulk_streams,
                   options.upload_message_bytes);
  bulk.Start();
  std::vector<double> small;
  status = MakeSmallCalls(stub.get(), kWarmUp, &small);
  small.clear();
  if (!status.ok()) return status;
  const auto before = AskReadSoFar(&control);
  if (!before.ok()) return before.status();
  status = MakeSmallCalls(stub.get(), options.measured, &small);
  if (!status.ok()) return status;
  const auto after = AskReadSoFar(&control);
  if (!after.ok()) return after.status();
  if (options.bulk_streams > 0 && bulk.ended()) {
    return absl::InternalError(absl::StrCat(
        "the uploads ended early: ", bulk.last_status().error_message()));
  }
  bulk.Cancel();
  status = bulk.AwaitEnded(kScenarioMargin);
  if (!status.ok()) return status;

  std::sort(small.begin(), small.end());
  FairnessResult result;
  result.set_bulk_streams(static_cast<uint32_t>(options.bulk_streams));
  result.set_small_calls(static_cast<uint32_t>(small.size()));
  result.set_p50_ms(Percentile(small, 50));
  result.set_p99_ms(Percentile(small, 99));
  if (options.bulk_streams > 0) {
    // The server also counts the small calls' bytes, which are below 0.1 % of
    // it. Bytes per microsecond are MB per second.
    result.set_bulk_mb_per_s(
        static_cast<double>(after->bytes - before->bytes) /
        (1000 * MillisecondsBetween(before->at, after->at)));
  }
  return result;
}

absl::StatusOr<MemoryResult> RunMemoryScenario(const ScenarioOptions& options) {
  ControlClient control(options.control);
  auto stuck = StartStuckUploads(options, &control);
  if (!stuck.ok()) return stuck.status();
  MemoryResult result;
  if (options.memory.cancel_uploads) stuck->uploads->Cancel();
  absl::Status status = Measure(options, stuck->channel, &result);
  if (!status.ok()) {
    control.Resume().IgnoreError();
    return status;
  }
  stuck->uploads->Cancel();
  // A transport that waits for the server ends them only later.
  stuck->uploads->AwaitEnded(kEndBound).IgnoreError();
  const double held = HeapBytes();
  status = control.Resume();
  if (!status.ok()) return status;
  MakeNextCall(stuck->channel, &result);
  status = stuck->uploads->AwaitEnded(kScenarioMargin);
  if (!status.ok()) return status;
  // A call that ended in the stall and kept something has it until now.
  stuck->uploads.reset();
  result.set_held_kb((held - HeapBytes()) / kKb);
  return result;
}

}  // namespace interop
}  // namespace loopy
