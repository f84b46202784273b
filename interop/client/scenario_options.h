#ifndef LOOPY_INTEROP_CLIENT_SCENARIO_OPTIONS_H_
#define LOOPY_INTEROP_CLIENT_SCENARIO_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "interop/client/channel_factory.h"

namespace loopy {
namespace interop {

// (f) The calls that are made while the server does not read.
struct MemoryOptions {
  // So many threads call, each one call after the other.
  size_t callers = 32;
  size_t payload_bytes = 64 << 10;
  absl::Duration deadline = absl::Milliseconds(100);
  // Client-streaming calls that write until they end, instead of unary ones.
  bool streaming = false;
  // The uploads with a stuck write are cancelled before anything is measured.
  bool cancel_uploads = false;
};

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
  // (b, c, e, f) How many uploads have a stuck write.
  size_t uploads = 4;
  // (c) How long after the close began the server reads again.
  absl::Duration resume_after = absl::Milliseconds(300);
  // (d) How many uploads run beside the small calls, and the measured time.
  size_t bulk_streams = 16;
  absl::Duration measured = absl::Seconds(3);
  MemoryOptions memory;
};

// (f) This part of the stall passes before the first point of the measurement,
// so that amounts that do not grow are not counted.
constexpr int kMemoryLeadFraction = 6;

// Nothing takes longer than the stall and this.
constexpr absl::Duration kScenarioMargin = absl::Seconds(20);

constexpr size_t kUploadMessageBytes = 1 << 20;

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_SCENARIO_OPTIONS_H_
