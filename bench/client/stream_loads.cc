#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/client/loads.h"
#include "bench/client/metrics.h"
#include "bench/report.pb.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

using Stub = testing::TestService::Stub;

absl::Status CallFailed(const grpc::Status& status) {
  return absl::InternalError(
      absl::StrCat("a call failed: ", status.error_message()));
}

// ---- Threads

enum class Phase { kWarmUp, kMeasuring, kOver };

// The threads share this.
struct Progress {
  std::atomic<Phase> phase{Phase::kWarmUp};
  std::atomic<bool> counted{false};
};

// Counts what one thread does in the measured time.
class Recorder {
 public:
  explicit Recorder(Progress* progress) : progress_(progress) {}

  bool over() const { return progress_->phase == Phase::kOver; }
  // Returns true if the event counts.
  bool Count() {
    if (progress_->phase != Phase::kMeasuring) return false;
    if (++events_ == 1) progress_->counted = true;
    return true;
  }
  // Counts an event that has begun at `begin` and ends now.
  void CountSince(absl::Time begin) {
    if (!Count()) return;
    microseconds_.push_back(absl::ToDoubleMicroseconds(absl::Now() - begin));
  }

  int64_t events() const { return events_; }
  const std::vector<double>& microseconds() const { return microseconds_; }

 private:
  Progress* const progress_;
  int64_t events_ = 0;
  std::vector<double> microseconds_;
};

// This is the sum of all threads in the measured time.
struct Totals {
  double events = 0;
  double seconds = 0;
  double cpu_microseconds = 0;
  std::vector<double> microseconds;
};

constexpr absl::Duration kFirstEventBound = absl::Seconds(20);

// Runs `body` in each thread until it returns, which it does soon after the
// recorder says that the time is over. Fails with the first failure.
absl::StatusOr<Totals> RunThreads(
    const ThreadLoadOptions& options,
    const std::function<absl::Status(Recorder*)>& body) {
  Progress progress;
  const auto count = static_cast<size_t>(options.threads);
  std::vector<Recorder> recorders(count, Recorder(&progress));
  std::vector<absl::Status> statuses(count);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] { statuses[i] = body(&recorders[i]); });
  }
  absl::SleepFor(options.warm_up);
  const absl::Time begin = absl::Now();
  const double cpu = CpuMicroseconds();
  progress.phase = Phase::kMeasuring;
  absl::SleepFor(options.measured);
  // A busy machine may need longer for the first event.
  while (!progress.counted && absl::Now() < begin + kFirstEventBound) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  progress.phase = Phase::kOver;
  Totals totals;
  totals.cpu_microseconds = CpuMicroseconds() - cpu;
  totals.seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < count; ++i) {
    if (!statuses[i].ok()) return statuses[i];
    totals.events += static_cast<double>(recorders[i].events());
    const std::vector<double>& more = recorders[i].microseconds();
    totals.microseconds.insert(totals.microseconds.end(), more.begin(),
                               more.end());
  }
  if (totals.events == 0) return absl::InternalError("nothing was measured");
  return totals;
}

// `event` is the unit of what the threads count.
Measurement ToMeasurement(Totals totals, const std::string& event) {
  Measurement result;
  AddMetric("rate", absl::StrCat(event, "s/s"), Better::kHigher,
            totals.events / totals.seconds, &result);
  AddLatencies(std::move(totals.microseconds), &result);
  AddMetric("cpu", absl::StrCat("us/", event), Better::kLower,
            totals.cpu_microseconds / totals.events, &result);
  return result;
}

absl::Status MakeUnaryCalls(Stub* stub, const testing::SimpleRequest& request,
                            Recorder* recorder) {
  while (!recorder->over()) {
    const absl::Time begin = absl::Now();
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(begin + absl::Seconds(30)));
    testing::SimpleResponse response;
    const grpc::Status status = stub->UnaryCall(&context, request, &response);
    if (!status.ok()) return CallFailed(status);
    recorder->CountSince(begin);
  }
  return absl::OkStatus();
}

absl::Status ReadStreams(Stub* stub,
                         const testing::StreamingOutputCallRequest& request,
                         Recorder* recorder) {
  while (!recorder->over()) {
    grpc::ClientContext context;
    const auto reader = stub->StreamingOutputCall(&context, request);
    testing::StreamingOutputCallResponse response;
    while (!recorder->over() && reader->Read(&response)) recorder->Count();
    const bool cut_short = recorder->over();
    if (cut_short) context.TryCancel();
    const grpc::Status status = reader->Finish();
    if (!status.ok() && !cut_short) return CallFailed(status);
  }
  return absl::OkStatus();
}

absl::Status PlayPingPong(Stub* stub,
                          const testing::StreamingOutputCallRequest& request,
                          Recorder* recorder) {
  grpc::ClientContext context;
  const auto stream = stub->FullDuplexCall(&context);
  testing::StreamingOutputCallResponse response;
  while (!recorder->over()) {
    const absl::Time begin = absl::Now();
    if (!stream->Write(request) || !stream->Read(&response)) break;
    recorder->CountSince(begin);
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  return status.ok() ? absl::OkStatus() : CallFailed(status);
}

// A call asks for so many messages, or for so many bytes if that is less.
constexpr int kMessagesOfCall = 10000;
constexpr int kBytesOfCall = 64 << 20;

// ---- Uploads

// The server counts the bytes of a call in 32 bits.
constexpr int64_t kMaxBytesOfCall = int64_t{1} << 30;

// Makes one call that sends until `end`. Returns how many bytes the server has
// counted.
absl::StatusOr<int64_t> Upload(
    Stub* stub, const testing::StreamingInputCallRequest& message,
    absl::Time end) {
  const auto size = static_cast<int64_t>(message.payload().body().size());
  grpc::ClientContext context;
  testing::StreamingInputCallResponse response;
  const auto writer = stub->StreamingInputCall(&context, &response);
  int64_t sent = 0;
  while (sent + size <= kMaxBytesOfCall && absl::Now() < end &&
         writer->Write(message)) {
    sent += size;
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("the upload failed: ", status.error_message()));
  }
  if (response.aggregated_payload_size() != sent) {
    return absl::DataLossError(absl::StrCat(
        sent, " bytes sent, ", response.aggregated_payload_size(), " arrived"));
  }
  return sent;
}

absl::StatusOr<int64_t> UploadFor(
    Stub* stub, const testing::StreamingInputCallRequest& message,
    absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  int64_t sum = 0;
  while (absl::Now() < end) {
    const auto sent = Upload(stub, message, end);
    if (!sent.ok()) return sent.status();
    sum += *sent;
  }
  return sum;
}

testing::StreamingInputCallRequest UploadMessage(int bytes) {
  testing::StreamingInputCallRequest message;
  message.mutable_payload()->set_body(
      std::string(static_cast<size_t>(bytes), 'x'));
  return message;
}

}  // namespace

absl::StatusOr<Measurement> RunUnaryThreadLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const ThreadLoadOptions& options) {
  const auto stub = testing::TestService::NewStub(channel);
  testing::SimpleRequest request;
  request.mutable_payload()->set_body(
      std::string(static_cast<size_t>(options.payload_bytes), 'x'));
  request.set_response_size(options.payload_bytes);
  auto totals = RunThreads(options, [&](Recorder* recorder) {
    return MakeUnaryCalls(stub.get(), request, recorder);
  });
  if (!totals.ok()) return totals.status();
  return ToMeasurement(*std::move(totals), "call");
}

absl::StatusOr<Measurement> RunServerStreamingLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const ThreadLoadOptions& options) {
  const auto stub = testing::TestService::NewStub(channel);
  testing::StreamingOutputCallRequest request;
  const int messages = std::max(
      1, std::min(kMessagesOfCall, kBytesOfCall / options.payload_bytes));
  for (int i = 0; i < messages; ++i) {
    request.add_response_parameters()->set_size(options.payload_bytes);
  }
  auto totals = RunThreads(options, [&](Recorder* recorder) {
    return ReadStreams(stub.get(), request, recorder);
  });
  if (!totals.ok()) return totals.status();
  return ToMeasurement(*std::move(totals), "message");
}

absl::StatusOr<Measurement> RunPingPongLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const ThreadLoadOptions& options) {
  const auto stub = testing::TestService::NewStub(channel);
  testing::StreamingOutputCallRequest request;
  request.mutable_payload()->set_body(
      std::string(static_cast<size_t>(options.payload_bytes), 'x'));
  request.add_response_parameters()->set_size(options.payload_bytes);
  auto totals = RunThreads(options, [&](Recorder* recorder) {
    return PlayPingPong(stub.get(), request, recorder);
  });
  if (!totals.ok()) return totals.status();
  return ToMeasurement(*std::move(totals), "turn");
}

absl::StatusOr<Measurement> RunUploadLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const UploadLoadOptions& options) {
  const auto stub = testing::TestService::NewStub(channel);
  const auto message = UploadMessage(options.message_bytes);
  const auto warm = UploadFor(stub.get(), message, options.warm_up);
  if (!warm.ok()) return warm.status();

  const absl::Time begin = absl::Now();
  const double cpu = CpuMicroseconds();
  const auto sent = UploadFor(stub.get(), message, options.measured);
  if (!sent.ok()) return sent.status();
  const double used = CpuMicroseconds() - cpu;
  const double megabytes = static_cast<double>(*sent) / 1e6;

  Measurement result;
  AddMetric("throughput", "MB/s", Better::kHigher,
            megabytes / absl::ToDoubleSeconds(absl::Now() - begin), &result);
  AddMetric("cpu", "us/MB", Better::kLower, used / megabytes, &result);
  return result;
}

absl::StatusOr<Measurement> RunBesideUploadsLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const BesideUploadsOptions& options) {
  const auto stub = testing::TestService::NewStub(channel);
  const auto message = UploadMessage(options.message_bytes);
  std::vector<absl::StatusOr<int64_t>> sent(
      static_cast<size_t>(options.uploads));
  std::vector<std::thread> threads;
  const absl::Time begin = absl::Now();
  for (auto& one : sent) {
    threads.emplace_back([&stub, &message, &options, &one] {
      one = UploadFor(stub.get(), message,
                      options.calls.warm_up + options.calls.measured);
    });
  }
  const auto calls = RunUnaryLoad({channel}, options.calls);
  for (std::thread& thread : threads) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  if (!calls.ok()) return calls.status();
  double bytes = 0;
  for (const auto& one : sent) {
    if (!one.ok()) return one.status();
    bytes += static_cast<double>(*one);
  }

  // The CPU time is of the uploads, too, so the calls' rows leave it out.
  Measurement result;
  for (const Metric& metric : calls->metrics()) {
    if (metric.name() == "p50" || metric.name() == "p99") {
      *result.add_metrics() = metric;
    }
  }
  AddMetric("throughput", "MB/s", Better::kHigher, bytes / 1e6 / seconds,
            &result);
  return result;
}

}  // namespace bench
}  // namespace loopy
