#ifndef LOOPY_INTEROP_CLIENT_FAIRNESS_SCENARIO_H_
#define LOOPY_INTEROP_CLIENT_FAIRNESS_SCENARIO_H_

#include "absl/status/statusor.h"
#include "interop/client/scenario_options.h"
#include "proto/scenario.pb.h"

namespace loopy {
namespace interop {

// (d) Small unary calls, one at a time, beside bulk uploads on the same
// connection. The bulk's rate is what the server read.
absl::StatusOr<FairnessResult> RunFairnessScenario(
    const ScenarioOptions& options);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_FAIRNESS_SCENARIO_H_
