#include "interop/conformance/client/http2_cases.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>
#include <memory>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "interop/client/case_helpers.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace conformance {
namespace {

using Channel = std::shared_ptr<grpc::Channel>;

// gRPC's own client of these cases has the same values.
constexpr int kCallsAtOnce = 10;
constexpr absl::Duration kGoawayTime = absl::Seconds(1);
constexpr std::chrono::seconds kCallBound{30};

// Makes a large unary call and compares how it ends.
absl::Status Call(const Channel& channel, grpc::StatusCode expected) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallBound);
  grpc::testing::SimpleResponse response;
  const grpc::Status status =
      grpc::testing::TestService::NewStub(channel)->UnaryCall(
          &context, interop::LargeRequest(), &response);
  LOOPY_RETURN_IF_ERROR(interop::ExpectCode(status, expected, "the call"));
  if (!status.ok()) return absl::OkStatus();
  return interop::ExpectZeros(response.payload().body(),
                              interop::kLargeResponseSize, "the response");
}

// The server sends GOAWAY after the first call.
absl::Status Goaway(const Channel& channel) {
  const absl::Status first = Call(channel, grpc::StatusCode::OK);
  if (!first.ok()) return first;
  absl::SleepFor(kGoawayTime);
  return Call(channel, grpc::StatusCode::OK);
}

// The server takes one stream at a time. The client knows it after the first
// call.
absl::Status MaxStreams(const Channel& channel) {
  absl::Status result = Call(channel, grpc::StatusCode::OK);
  std::vector<absl::Status> results(kCallsAtOnce);
  std::vector<std::thread> threads;
  for (absl::Status& one : results) {
    threads.emplace_back(
        [&channel, &one] { one = Call(channel, grpc::StatusCode::OK); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& one : results) result.Update(one);
  return result;
}

}  // namespace

absl::Status RunHttp2Case(const std::string& name, const std::string& target,
                          TransportKind transport) {
  ChannelConfig config;
  config.target = target;
  config.transport = transport;
  const auto channel = MakeChannel(config);
  if (!channel.ok()) return channel.status();
  if (name == "goaway") return Goaway(*channel);
  if (name == "max_streams") return MaxStreams(*channel);
  if (name == "ping") return Call(*channel, grpc::StatusCode::OK);
  if (name == "rst_after_data" || name == "rst_after_header" ||
      name == "rst_during_data") {
    return Call(*channel, grpc::StatusCode::INTERNAL);
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no case ", name));
}

}  // namespace conformance
}  // namespace loopy
