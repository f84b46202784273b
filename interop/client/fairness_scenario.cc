#include "interop/client/fairness_scenario.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "interop/client/channel_factory.h"
#include "interop/client/control_client.h"
#include "interop/client/upload_group.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::TestService;

constexpr absl::Duration kConnectBound = absl::Seconds(5);
constexpr absl::Duration kWarmUp = absl::Milliseconds(500);
constexpr int32_t kSmallBytes = 10;

// What the server had read from all connections at one time.
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

// Makes calls for so long, one after the other; appends what each took.
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

// The smallest value that so many percent of all do not exceed.
double Percentile(const std::vector<double>& sorted, size_t percent) {
  return sorted[(sorted.size() * percent + 99) / 100 - 1];
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

  UploadGroup bulk(*channel, options.bulk_streams, kUploadMessageBytes);
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
    // As the server counts, so with the small calls' bytes: below 0.1 % of it.
    // Bytes per microsecond are MB per second.
    result.set_bulk_mb_per_s(
        static_cast<double>(after->bytes - before->bytes) /
        (1000 * MillisecondsBetween(before->at, after->at)));
  }
  return result;
}

}  // namespace interop
}  // namespace loopy
