#ifndef LOOPY_INTEROP_CLIENT_DEADLINE_SCENARIO_H_
#define LOOPY_INTEROP_CLIENT_DEADLINE_SCENARIO_H_

#include "absl/status/statusor.h"
#include "interop/client/scenario_options.h"
#include "proto/scenario.pb.h"

namespace loopy {
namespace interop {

// (a) The server stops reading; a call with a large message and a deadline is
// made. When does it end?
absl::StatusOr<DeadlineResult> RunDeadlineScenario(
    const ScenarioOptions& options);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_DEADLINE_SCENARIO_H_
