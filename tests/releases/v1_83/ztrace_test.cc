#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "src/core/channelz/channelz_registry.h"
#include "src/core/lib/event_engine/default_event_engine.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "tests/adapter/echo_server.h"
#include "tests/support/channelz.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

// The trace of the last socket, as serialized messages, and how it ended.
struct Trace {
  std::string messages;
  absl::Status end;
};

Trace RunTrace() {
  const grpc_core::ExecCtx exec_ctx;
  const auto node =
      grpc_core::channelz::ChannelzRegistry::GetSocket(LastSocketId());
  Trace trace;
  absl::Notification ended;
  const auto running =
      node->RunZTrace("transport_frames", {},
                      grpc_event_engine::experimental::GetDefaultEventEngine(),
                      [&](absl::StatusOr<std::optional<std::string>> response) {
                        if (response.ok() && response->has_value()) {
                          trace.messages += **response;
                          return;
                        }
                        trace.end = response.status();
                        ended.Notify();
                      });
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(10)));
  return trace;
}

// Catches: a trace without the frames, one that never ends, and one that comes
// unasked.
TEST(ZTraceTest, HasTheFramesOfAConnection) {
  const EchoServer server;
  RegisterTransport();
  grpc::ChannelArguments args;
  UseTransport(&args);
  const auto channel = grpc::CreateCustomChannel(
      server.address(), grpc::InsecureChannelCredentials(), args);
  ASSERT_TRUE(CallsGoOverLoopy(channel.get()));
  EXPECT_EQ(RunTrace().end.code(), absl::StatusCode::kFailedPrecondition);
  StartTimeline();
  ASSERT_TRUE(CallsGoOverLoopy(channel.get()));
  const Trace trace = RunTrace();
  StopTimeline();
  EXPECT_TRUE(trace.end.ok()) << trace.end;
  EXPECT_THAT(trace.messages, HasSubstr("sent HEADERS"));
  EXPECT_THAT(trace.messages, HasSubstr("received DATA"));
  EXPECT_THAT(trace.messages, HasSubstr("turn"));
}

}  // namespace
}  // namespace loopy
