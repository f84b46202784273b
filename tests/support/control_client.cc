#include "tests/support/control_client.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/support/channel_factory.h"

namespace loopy {

using interop::ArmRequest;
using interop::ArmResponse;
using interop::AwaitClosedRequest;
using interop::AwaitStalledRequest;
using interop::GetReportRequest;
using interop::Report;
using interop::ResumeRequest;
using interop::ResumeResponse;
using interop::SetPaceRequest;
using interop::SetPaceResponse;
using interop::StallControl;

namespace {

// A command may take this much longer than the wait that it asks for.
constexpr absl::Duration kCommandBound = absl::Seconds(10);

std::shared_ptr<grpc::Channel> MakeControlChannel(const std::string& target) {
  grpc::ChannelArguments args;
  ChooseTransport(TransportKind::kChttp2, &args);
  args.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // gRPC's coming client transport hangs with retries, as the demo shows.
  args.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(),
                                   args);
}

// Uses the callback API. Its threads are shared by all channels, and the last
// channel to use them waits for their end when it is destroyed. This channel
// keeps them, so that no channel under test has to wait.
template <typename Request, typename Response>
absl::StatusOr<Response> Run(StallControl::Stub* stub,
                             void (StallControl::Stub::async::*method)(
                                 grpc::ClientContext*, const Request*,
                                 Response*, std::function<void(grpc::Status)>),
                             absl::string_view name, const Request& request,
                             absl::Duration extra = absl::ZeroDuration()) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMilliseconds(kCommandBound + extra));
  Response response;
  grpc::Status status;
  absl::Notification ended;
  (stub->async()->*method)(&context, &request, &response,
                           [&status, &ended](grpc::Status result) {
                             status = std::move(result);
                             ended.Notify();
                           });
  ended.WaitForNotification();  // the deadline bounds it
  if (status.ok()) return response;
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat("the server's control port, ", name, ": ",
                                   status.error_message()));
}

absl::StatusOr<Report> IfSatisfied(absl::StatusOr<Report> report,
                                   absl::string_view name,
                                   absl::Duration bound) {
  if (!report.ok() || report->satisfied()) return report;
  return absl::DeadlineExceededError(absl::StrCat(
      name, ": the condition does not hold within ",
      absl::FormatDuration(bound), ": ", report->ShortDebugString()));
}

}  // namespace

ControlClient::ControlClient(const std::string& target)
    : stub_(StallControl::NewStub(MakeControlChannel(target))) {}

absl::Status ControlClient::StallAtOnce(absl::Duration duration) {
  ArmRequest request;
  request.set_at_once(true);
  request.set_duration_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(duration)));
  return Arm(request);
}

absl::Status ControlClient::Arm(const ArmRequest& request) {
  return Run<ArmRequest, ArmResponse>(
             stub_.get(), &StallControl::Stub::async::Arm, "Arm", request)
      .status();
}

absl::Status ControlClient::Resume() {
  return Run<ResumeRequest, ResumeResponse>(
             stub_.get(), &StallControl::Stub::async::Resume, "Resume", {})
      .status();
}

absl::Status ControlClient::SetPace(uint64_t bytes_per_second) {
  SetPaceRequest request;
  request.set_bytes_per_second(bytes_per_second);
  return Run<SetPaceRequest, SetPaceResponse>(
             stub_.get(), &StallControl::Stub::async::SetPace, "SetPace",
             request)
      .status();
}

absl::StatusOr<Report> ControlClient::AwaitStalled(uint32_t count,
                                                   absl::Duration bound) {
  AwaitStalledRequest request;
  request.set_count(count);
  request.set_timeout_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(bound)));
  return IfSatisfied(Run<AwaitStalledRequest, Report>(
                         stub_.get(), &StallControl::Stub::async::AwaitStalled,
                         "AwaitStalled", request, bound),
                     "AwaitStalled", bound);
}

absl::StatusOr<Report> ControlClient::AwaitClosed(absl::Duration bound) {
  AwaitClosedRequest request;
  request.set_timeout_ms(
      static_cast<uint32_t>(absl::ToInt64Milliseconds(bound)));
  return IfSatisfied(Run<AwaitClosedRequest, Report>(
                         stub_.get(), &StallControl::Stub::async::AwaitClosed,
                         "AwaitClosed", request, bound),
                     "AwaitClosed", bound);
}

absl::StatusOr<Report> ControlClient::GetReport() {
  return Run<GetReportRequest, Report>(
      stub_.get(), &StallControl::Stub::async::GetReport, "GetReport", {});
}

}  // namespace loopy
