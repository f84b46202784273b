#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
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
  UnaryLoad(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
            const UnaryLoadOptions& options)
      : options_(options) {
    for (const auto& channel : channels) {
      stubs_.push_back(testing::TestService::NewStub(channel));
    }
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
    slot->reader =
        stubs_[next_stub_]->AsyncUnaryCall(&*slot->context, request_, &queue_);
    next_stub_ = (next_stub_ + 1) % stubs_.size();
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
  std::vector<std::unique_ptr<testing::TestService::Stub>> stubs_;
  size_t next_stub_ = 0;
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

}  // namespace

absl::StatusOr<Measurement> RunUnaryLoad(
    const std::vector<std::shared_ptr<grpc::Channel>>& channels,
    const UnaryLoadOptions& options) {
  return UnaryLoad(channels, options).Run();
}

}  // namespace bench
}  // namespace loopy
