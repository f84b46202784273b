// The stall scenarios against the real grpc-go server, with short stalls.

#include <gtest/gtest.h>

#include <memory>

#include "absl/time/time.h"
#include "interop/client/cancel_scenario.h"
#include "interop/client/close_scenario.h"
#include "interop/client/deadline_scenario.h"
#include "interop/client/scenario_options.h"
#include "interop/client/transport_choice.h"
#include "proto/scenario.pb.h"
#include "tests/integration/go_server.h"

namespace loopy {
namespace {

using interop::CancelResult;
using interop::CloseResult;
using interop::DeadlineResult;
using interop::LingerResult;
using interop::ScenarioOptions;
using interop::TransportKind;

constexpr double kStallMs = 2500;
// loopy.goaway_timeout_ms by default.
constexpr double kLingerMs = 1000;

class StallTest : public ::testing::TestWithParam<GoServer::Security> {
 protected:
  void SetUp() override {
    auto server = GoServer::Start(GetParam());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  ScenarioOptions OptionsFor(TransportKind transport) const {
    ScenarioOptions options;
    options.channel = server_->ClientConfig(transport);
    options.control = server_->control_target();
    options.stall = absl::Milliseconds(kStallMs);
    options.deadline = absl::Milliseconds(500);
    options.payload_bytes = 32 << 20;
    return options;
  }

  std::unique_ptr<GoServer> server_;
};

INSTANTIATE_TEST_SUITE_P(
    PlainAndTls, StallTest,
    ::testing::Values(GoServer::Security::kPlain, GoServer::Security::kTls),
    [](const ::testing::TestParamInfo<GoServer::Security>& info) {
      return info.param == GoServer::Security::kTls ? "Tls" : "Plain";
    });

// Fails if a call's end waits for the write that its message is stuck in.
TEST_P(StallTest, DeadlineEndsCallWithStuckWrite) {
  const auto result =
      interop::RunDeadlineScenario(OptionsFor(TransportKind::kLoopy));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->code(), "DEADLINE_EXCEEDED") << result->message();
  EXPECT_GE(result->ended_ms(), result->deadline_ms());
  EXPECT_LE(result->ended_ms(), result->deadline_ms() + 50);
}

// Fails if cancelling waits for the stuck write.
TEST_P(StallTest, CancelEndsCallsWithStuckWrites) {
  const auto result =
      interop::RunCancelScenario(OptionsFor(TransportKind::kLoopy));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->calls(), 4u);
  EXPECT_EQ(result->code(), "CANCELLED");
  EXPECT_LE(result->ended_ms(), 50);
}

// Fails if the close waits for the GOAWAY's write, or has no linger timer.
TEST_P(StallTest, DroppedChannelIsGoneAfterLinger) {
  const auto result =
      interop::RunCloseScenario(OptionsFor(TransportKind::kLoopy));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_LE(result->caller_blocked_ms(), 10);
  EXPECT_LE(result->calls_failed_ms(), 50);
  EXPECT_EQ(result->code(), "CANCELLED") << result->message();
  // It does linger: the server might read again.
  EXPECT_GE(result->socket_gone_ms(), kLingerMs - 100);
  EXPECT_LE(result->socket_gone_ms(), kLingerMs + 100);
}

// Without calls the GOAWAY fits into the kernel's buffer: nothing to wait for.
TEST_P(StallTest, IdleChannelIsGoneAtOnce) {
  ScenarioOptions options = OptionsFor(TransportKind::kLoopy);
  options.uploads = 0;
  const auto result = interop::RunCloseScenario(options);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_LE(result->caller_blocked_ms(), 10);
  EXPECT_LE(result->socket_gone_ms(), 100);
}

// Fails if the GOAWAY is not queued behind the stuck write, if a frame follows
// it, or if it is cut.
TEST_P(StallTest, ServerThatReadsWithinLingerGetsGoAwayLast) {
  const auto result =
      interop::RunLingerScenario(OptionsFor(TransportKind::kLoopy));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->goaway_seen());
  EXPECT_TRUE(result->goaway_was_last_frame());
  EXPECT_EQ(result->last_stream_id(), 0u);
  EXPECT_EQ(result->error_code(), 0u);
  EXPECT_EQ(result->debug_data(), "client transport shutdown");
  EXPECT_EQ(result->trailing_bytes(), 0u);
}

// The same server does hold up gRPC's own transport until it reads again: the
// tests above are not passed by writes that were never stuck.
TEST_P(StallTest, BuiltInTransportWaitsForTheServer) {
  const ScenarioOptions options = OptionsFor(TransportKind::kChttp2);
  const auto deadline = interop::RunDeadlineScenario(options);
  ASSERT_TRUE(deadline.ok()) << deadline.status();
  EXPECT_GE(deadline->ended_ms(), kStallMs - 200);
  const auto close = interop::RunCloseScenario(options);
  ASSERT_TRUE(close.ok()) << close.status();
  EXPECT_GE(close->calls_failed_ms(), kStallMs);
  EXPECT_GE(close->socket_gone_ms(), kStallMs);
}

}  // namespace
}  // namespace loopy
