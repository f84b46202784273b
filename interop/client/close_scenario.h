#ifndef LOOPY_INTEROP_CLIENT_CLOSE_SCENARIO_H_
#define LOOPY_INTEROP_CLIENT_CLOSE_SCENARIO_H_

#include "absl/status/statusor.h"
#include "interop/client/scenario_options.h"
#include "proto/scenario.pb.h"

namespace loopy {
namespace interop {

// A channel of gRPC C++ closes when its last reference is gone, and every call
// holds one. So an application that drops a channel with active calls cancels
// them, lets go of its own reference, and of the calls as they end. "Caller
// blocked" is the time this takes the application, without the waiting.

// (b) The channel is dropped while writes are stuck. With no uploads in the
// options: an idle connection to a server that does not read.
absl::StatusOr<CloseResult> RunCloseScenario(const ScenarioOptions& options);

// (c) The same, but the server reads again soon. What does it see?
absl::StatusOr<LingerResult> RunLingerScenario(const ScenarioOptions& options);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_CLOSE_SCENARIO_H_
