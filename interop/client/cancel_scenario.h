#ifndef LOOPY_INTEROP_CLIENT_CANCEL_SCENARIO_H_
#define LOOPY_INTEROP_CLIENT_CANCEL_SCENARIO_H_

#include "absl/status/statusor.h"
#include "interop/client/scenario_options.h"
#include "proto/scenario.pb.h"

namespace loopy {
namespace interop {

// (e) Uploads with stuck writes are cancelled. When do they end? The server
// reads again after the stall, counted from the cancel.
absl::StatusOr<CancelResult> RunCancelScenario(const ScenarioOptions& options);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_CANCEL_SCENARIO_H_
