#ifndef LOOPY_INTEROP_CLIENT_SCENARIO_OPTIONS_H_
#define LOOPY_INTEROP_CLIENT_SCENARIO_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "interop/client/channel_factory.h"

namespace loopy {
namespace interop {

// What the scenarios of the stall demo are run with.
struct ScenarioOptions {
  // The channel under test.
  ChannelConfig channel;
  // host:port of the server's StallControl service.
  std::string control;
  // How long the server does not read.
  absl::Duration stall = absl::Seconds(10);
  // (a) The call's deadline and the size of its message.
  absl::Duration deadline = absl::Seconds(2);
  size_t payload_bytes = 64 << 20;
  // (b, c, e) How many uploads have a stuck write.
  size_t uploads = 4;
  // (c) How long after the close began the server reads again.
  absl::Duration resume_after = absl::Milliseconds(300);
  // (d) How many uploads run beside the small calls, and the measured time.
  size_t bulk_streams = 16;
  absl::Duration measured = absl::Seconds(3);
};

// Nothing takes longer than the stall and this.
constexpr absl::Duration kScenarioMargin = absl::Seconds(20);

constexpr size_t kUploadMessageBytes = 1 << 20;

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_SCENARIO_OPTIONS_H_
