#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "bench/client/loads.h"
#include "bench/client/metrics.h"
#include "bench/report.pb.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

using SteadyClock = std::chrono::steady_clock;

double Microseconds(SteadyClock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

// Holds one call at a time, again and again.
struct Slot {
  absl::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<testing::SimpleResponse>>
      reader;
  testing::SimpleResponse response;
  grpc::Status status;
  SteadyClock::time_point begin;
};

// Start() and Complete() alternate for a slot. One thread uses the object.
class UnaryLoad {
 public:
  UnaryLoad(const std::shared_ptr<grpc::Channel>& channel,
            const UnaryLoadOptions& options)
      : options_(options), stub_(testing::TestService::NewStub(channel)) {
    const auto size = static_cast<size_t>(options.payload_bytes);
    request_.mutable_payload()->set_body(std::string(size, 'x'));
    request_.set_response_size(options.payload_bytes);
  }

  absl::StatusOr<Measurement> Run() {
    slots_ = std::vector<Slot>(static_cast<size_t>(options_.in_flight));
    begin_ = SteadyClock::now() + absl::ToChronoMicroseconds(options_.warm_up);
    for (Slot& slot : slots_) Start(&slot);
    void* tag = nullptr;
    bool ok = false;
    while (in_flight_ > 0 && queue_.Next(&tag, &ok)) {
      Complete(static_cast<Slot*>(tag));
    }
    queue_.Shutdown();
    while (queue_.Next(&tag, &ok)) {
    }
    if (!error_.ok()) return error_;
    return Result();
  }

 private:
  enum class Phase { kWarmUp, kMeasuring, kOver };

  void Start(Slot* slot) {
    ++in_flight_;
    slot->context.emplace();
    slot->context->set_deadline(std::chrono::system_clock::now() +
                                std::chrono::seconds(30));
    slot->begin = SteadyClock::now();
    slot->reader = stub_->AsyncUnaryCall(&*slot->context, request_, &queue_);
    slot->reader->Finish(&slot->response, &slot->status, slot);
  }

  void Complete(Slot* slot) {
    const auto now = SteadyClock::now();
    --in_flight_;
    if (!slot->status.ok()) {
      error_.Update(absl::InternalError(
          absl::StrCat("a call failed: ", slot->status.error_message())));
      phase_ = Phase::kOver;
    }
    if (phase_ == Phase::kMeasuring) {
      latencies_.push_back(Microseconds(now - slot->begin));
    }
    Advance(now);
    if (phase_ != Phase::kOver) Start(slot);
  }

  // The measured time begins and ends with the completion of a call.
  void Advance(SteadyClock::time_point now) {
    if (phase_ == Phase::kWarmUp && now >= begin_) {
      phase_ = Phase::kMeasuring;
      begin_ = now;
      cpu_ = CpuMicroseconds();
    } else if (phase_ == Phase::kMeasuring &&
               now >= begin_ + absl::ToChronoMicroseconds(options_.measured)) {
      phase_ = Phase::kOver;
      elapsed_ = Microseconds(now - begin_);
      cpu_ = CpuMicroseconds() - cpu_;
    }
  }

  Measurement Result() {
    const auto calls = static_cast<double>(latencies_.size());
    Measurement result;
    AddMetric("rate", "calls/s", Better::kHigher, calls * 1e6 / elapsed_,
              &result);
    AddLatencies(std::move(latencies_), &result);
    AddMetric("cpu", "us/call", Better::kLower, cpu_ / calls, &result);
    return result;
  }

  const UnaryLoadOptions options_;
  const std::unique_ptr<testing::TestService::Stub> stub_;
  testing::SimpleRequest request_;
  grpc::CompletionQueue queue_;
  std::vector<Slot> slots_;
  int in_flight_ = 0;
  Phase phase_ = Phase::kWarmUp;
  SteadyClock::time_point begin_;
  double elapsed_ = 0;
  // The CPU time used; before the end, the process's at the beginning.
  double cpu_ = 0;
  std::vector<double> latencies_;
  absl::Status error_;
};

// The server counts the bytes of a call in 32 bits.
constexpr int64_t kMaxBytesOfCall = int64_t{1} << 30;

// Makes one call that sends until `end`. Returns how many bytes the server has
// counted.
absl::StatusOr<int64_t> Upload(
    testing::TestService::Stub* stub,
    const testing::StreamingInputCallRequest& message, absl::Time end) {
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
    testing::TestService::Stub* stub,
    const testing::StreamingInputCallRequest& message,
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

}  // namespace

absl::StatusOr<Measurement> RunUnaryLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const UnaryLoadOptions& options) {
  return UnaryLoad(channel, options).Run();
}

absl::StatusOr<Measurement> RunUploadLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const UploadLoadOptions& options) {
  const auto stub = testing::TestService::NewStub(channel);
  testing::StreamingInputCallRequest message;
  message.mutable_payload()->set_body(
      std::string(static_cast<size_t>(options.message_bytes), 'x'));
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

}  // namespace bench
}  // namespace loopy
