#include "interop/client/deadline_scenario.h"

#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "interop/client/channel_factory.h"
#include "interop/client/control_client.h"
#include "interop/client/upload_group.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {
namespace {

constexpr absl::Duration kConnectBound = absl::Seconds(5);

struct LargeCall {
  grpc::ClientContext context;
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleResponse response;
  grpc::Status status;
  SteadyTime ended_at;
  absl::Notification ended;
};

}  // namespace

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
  result.set_code(absl::StatusCodeToString(
      static_cast<absl::StatusCode>(call->status.error_code())));
  result.set_message(call->status.error_message());
  return result;
}

}  // namespace interop
}  // namespace loopy
