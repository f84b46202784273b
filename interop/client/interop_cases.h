#ifndef LOOPY_INTEROP_CLIENT_INTEROP_CASES_H_
#define LOOPY_INTEROP_CLIENT_INTEROP_CASES_H_

#include <grpcpp/channel.h>

#include <iosfwd>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace interop {

// These are the soak cases' flags, with gRPC's defaults.
struct SoakOptions {
  int iterations = 10;
  int max_failures = 0;
  absl::Duration max_latency = absl::Seconds(1);
  // The default is max_latency times iterations.
  absl::optional<absl::Duration> overall_timeout;
  absl::Duration min_time_between_rpcs = absl::ZeroDuration();
};

// A case gets these.
struct TestContext {
  // Cases that need channels of their own make them from this.
  ChannelConfig config;
  // This channel is connected.
  std::shared_ptr<grpc::Channel> channel;
  SoakOptions soak;
  // Cases whose description asks for a log write it here.
  std::ostream* log = nullptr;
};

// A case of gRPC's interop test descriptions. It returns OK, or the first of
// its assertions that does not hold.
struct TestCase {
  absl::string_view name;
  absl::Status (*run)(const TestContext& context);
};

// Returns every case of gRPC's interop test descriptions that needs no cloud.
const std::vector<TestCase>& AllTestCases();

// Returns null if there is no case of that name.
const TestCase* FindTestCase(absl::string_view name);

// Each family of cases has a source file, which ends with its table. A new case
// is a function there and a row of that table.
std::vector<TestCase> CallCases();
std::vector<TestCase> CompressionCases();
std::vector<TestCase> SoakCases();

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_INTEROP_CASES_H_
