#ifndef LOOPY_INTEROP_CLIENT_MEMORY_SCENARIO_H_
#define LOOPY_INTEROP_CLIENT_MEMORY_SCENARIO_H_

#include "absl/status/statusor.h"
#include "interop/client/scenario_options.h"
#include "proto/scenario.pb.h"

namespace loopy {
namespace interop {

// (f) The server stops reading, writes are stuck, and threads go on to make
// calls with short deadlines. What does each ended call leave in memory, and
// does the next call work when the server reads again?
//
// The stuck writes are those of options.uploads; each has sent a part of a
// message. A server with a stream limit of as many lets no other call have its
// headers written.
absl::StatusOr<MemoryResult> RunMemoryScenario(const ScenarioOptions& options);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_MEMORY_SCENARIO_H_
