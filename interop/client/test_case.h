#ifndef LOOPY_INTEROP_CLIENT_TEST_CASE_H_
#define LOOPY_INTEROP_CLIENT_TEST_CASE_H_

#include <grpcpp/channel.h>

#include <iosfwd>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "interop/client/channel_factory.h"

namespace loopy {
namespace interop {

// The soak cases' flags, with gRPC's defaults.
struct SoakOptions {
  int iterations = 10;
  int max_failures = 0;
  absl::Duration max_latency = absl::Seconds(1);
  // By default max_latency times iterations.
  absl::optional<absl::Duration> overall_timeout;
  absl::Duration min_time_between_rpcs = absl::ZeroDuration();
};

// What a case works with.
struct TestContext {
  // For cases that need channels of their own.
  ChannelConfig config;
  // Connected.
  std::shared_ptr<grpc::Channel> channel;
  SoakOptions soak;
  // For what a case is asked to log.
  std::ostream* log = nullptr;
};

// A case of gRPC's interop test descriptions: OK, or the first assertion of it
// that does not hold.
struct TestCase {
  absl::string_view name;
  absl::Status (*run)(const TestContext& context);
};

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_TEST_CASE_H_
