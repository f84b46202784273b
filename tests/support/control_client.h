#ifndef LOOPY_TESTS_SUPPORT_CONTROL_CLIENT_H_
#define LOOPY_TESTS_SUPPORT_CONTROL_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/stall_control.grpc.pb.h"

namespace loopy {

// Sends commands to a test server's control port. Each is bounded in time. The
// channel uses gRPC's built-in transport, whichever transport is under test.
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

  // Makes the server stop reading from every connection of its test port. A
  // duration of zero lasts until Resume().
  absl::Status StallAtOnce(absl::Duration duration);
  absl::Status Arm(const interop::ArmRequest& request);
  absl::Status Resume();
  absl::Status SetPace(uint64_t bytes_per_second);
  // These fail with DEADLINE_EXCEEDED if the condition does not hold within
  // `bound`.
  absl::StatusOr<interop::Report> AwaitStalled(uint32_t count,
                                               absl::Duration bound);
  absl::StatusOr<interop::Report> AwaitClosed(absl::Duration bound);
  absl::StatusOr<interop::Report> GetReport();

 private:
  const std::unique_ptr<interop::StallControl::Stub> stub_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_CONTROL_CLIENT_H_
