#include <grpcpp/client_context.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "interop/client/case_helpers.h"
#include "interop/client/interop_cases.h"
#include "interop/client/upload_group.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::TestService;

// The outcome of one call. `error` is empty if it succeeded in time.
struct Iteration {
  double elapsed_ms = 0;
  std::string error;
};

// Returns the error of a finished call, or an empty string.
std::string Judge(const grpc::Status& status,
                  const grpc::testing::SimpleResponse& response,
                  double elapsed_ms, absl::Duration max_latency) {
  absl::Status judged = ExpectOk(status, "the call");
  if (judged.ok()) {
    judged = ExpectZeros(response.payload().body(), kLargeResponseSize,
                         "the response");
  }
  if (judged.ok() && elapsed_ms > absl::ToDoubleMilliseconds(max_latency)) {
    judged = Expect(false, absl::StrCat("it took at most ",
                                        absl::FormatDuration(max_latency)));
  }
  return std::string(judged.message());
}

// Makes a large unary call without a deadline, as the description wants. Makes
// a new channel if `channel` is null.
absl::StatusOr<Iteration> RunIteration(const TestContext& test, int number,
                                       std::shared_ptr<grpc::Channel> channel) {
  const grpc::testing::SimpleRequest request = LargeRequest();
  grpc::testing::SimpleResponse response;
  const SteadyTime begin = std::chrono::steady_clock::now();
  if (channel == nullptr) {
    auto made = MakeChannel(test.config);
    if (!made.ok()) return made.status();
    channel = *std::move(made);
  }
  grpc::ClientContext context;
  const grpc::Status status =
      TestService::NewStub(channel)->UnaryCall(&context, request, &response);
  Iteration iteration;
  iteration.elapsed_ms =
      MillisecondsBetween(begin, std::chrono::steady_clock::now());
  iteration.error =
      Judge(status, response, iteration.elapsed_ms, test.soak.max_latency);
  *test.log << "soak iteration: " << number
            << " elapsed_ms: " << static_cast<int64_t>(iteration.elapsed_ms)
            << " peer: " << context.peer()
            << (iteration.error.empty() ? " succeeded"
                                        : " failed: " + iteration.error)
            << "\n";
  return iteration;
}

absl::Status Summarize(const TestContext& test,
                       const std::vector<Iteration>& iterations) {
  const auto failures =
      std::count_if(iterations.begin(), iterations.end(),
                    [](const Iteration& i) { return !i.error.empty(); });
  std::vector<double> elapsed;
  for (const Iteration& i : iterations) elapsed.push_back(i.elapsed_ms);
  std::sort(elapsed.begin(), elapsed.end());
  std::string summary =
      absl::StrCat(iterations.size(), " of ", test.soak.iterations,
                   " iterations, ", failures, " failures");
  if (!elapsed.empty()) {
    absl::StrAppend(&summary, ", ms: median ", elapsed[elapsed.size() / 2],
                    ", 90th percentile ", elapsed[elapsed.size() * 9 / 10],
                    ", max ", elapsed.back());
  }
  *test.log << "soak: " << summary << "\n";
  LOOPY_RETURN_IF_ERROR(
      Expect(iterations.size() == static_cast<size_t>(test.soak.iterations),
             absl::StrCat("all iterations were run in time: ", summary)));
  return Expect(
      failures <= test.soak.max_failures,
      absl::StrCat("at most ", test.soak.max_failures, " failures: ", summary));
}

absl::Status Soak(const TestContext& test, bool new_channels) {
  const absl::Duration overall = test.soak.overall_timeout.value_or(
      test.soak.max_latency * test.soak.iterations);
  const absl::Time stop = absl::Now() + overall;
  std::vector<Iteration> iterations;
  for (int i = 0; i < test.soak.iterations && absl::Now() < stop; ++i) {
    const absl::Time next = absl::Now() + test.soak.min_time_between_rpcs;
    auto iteration =
        RunIteration(test, i, new_channels ? nullptr : test.channel);
    if (!iteration.ok()) return iteration.status();
    iterations.push_back(*std::move(iteration));
    absl::SleepFor(next - absl::Now());
  }
  return Summarize(test, iterations);
}

absl::Status RpcSoak(const TestContext& test) {
  return Soak(test, /*new_channels=*/false);
}

absl::Status ChannelSoak(const TestContext& test) {
  return Soak(test, /*new_channels=*/true);
}

}  // namespace

std::vector<TestCase> SoakCases() {
  return {
      {"rpc_soak", RpcSoak},
      {"channel_soak", ChannelSoak},
  };
}

}  // namespace interop
}  // namespace loopy
