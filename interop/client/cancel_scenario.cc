#include "interop/client/cancel_scenario.h"

#include <chrono>

#include "absl/status/status.h"
#include "interop/client/control_client.h"
#include "interop/client/stuck_uploads.h"
#include "interop/client/upload_group.h"

namespace loopy {
namespace interop {

absl::StatusOr<CancelResult> RunCancelScenario(const ScenarioOptions& options) {
  ControlClient control(options.control);
  auto stuck = StartStuckUploads(options, &control);
  if (!stuck.ok()) {
    control.Resume().IgnoreError();
    return stuck.status();
  }
  const SteadyTime began = std::chrono::steady_clock::now();
  stuck->uploads->Cancel();
  absl::Status status = stuck->uploads->AwaitEnded(options.stall);
  // Either way the server reads again now.
  status = control.Resume();
  if (status.ok()) status = stuck->uploads->AwaitEnded(kScenarioMargin);
  if (!status.ok()) return status;
  CancelResult result;
  result.set_calls(static_cast<uint32_t>(options.uploads));
  result.set_ended_ms(
      MillisecondsBetween(began, stuck->uploads->last_ended_at()));
  result.set_code(absl::StatusCodeToString(static_cast<absl::StatusCode>(
      stuck->uploads->last_status().error_code())));
  return result;
}

}  // namespace interop
}  // namespace loopy
