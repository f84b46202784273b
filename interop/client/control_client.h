#ifndef LOOPY_INTEROP_CLIENT_CONTROL_CLIENT_H_
#define LOOPY_INTEROP_CLIENT_CONTROL_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/stall_control.grpc.pb.h"

namespace loopy {
namespace interop {

// The commands of a test server, each bounded in time. Its channel uses gRPC's
// built-in transport, whatever is tested.
//
// Example:
//   ControlClient control("127.0.0.1:7001");
//   control.StallAtOnce(absl::Seconds(10));
//   auto report = control.AwaitStalled(1, absl::Seconds(5));
//   control.Resume();
//
// Thread-safe.
class ControlClient {
 public:
  explicit ControlClient(const std::string& target);

  // Every connection of the test port stops being read. Zero: until Resume().
  absl::Status StallAtOnce(absl::Duration duration);
  absl::Status Arm(const ArmRequest& request);
  absl::Status Resume();
  absl::Status SetPace(uint64_t bytes_per_second);
  // These fail with DEADLINE_EXCEEDED if it was not so within `bound`.
  absl::StatusOr<Report> AwaitStalled(uint32_t count, absl::Duration bound);
  absl::StatusOr<Report> AwaitClosed(absl::Duration bound);
  absl::StatusOr<Report> GetReport();

 private:
  const std::unique_ptr<StallControl::Stub> stub_;
};

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_CONTROL_CLIENT_H_
