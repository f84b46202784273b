// Load balancing uses connections: health checks, out-of-band backend metrics
// and outlier detection, against grpc-go servers and C++ servers.

#include <grpcpp/grpcpp.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"
#include "tests/support/go_server.h"

namespace loopy {
namespace {

// Calls until one ends with `code`; false: none did within 10 s.
bool EndsWith(const std::shared_ptr<grpc::Channel>& channel,
              grpc::StatusCode code,
              grpc::Status (*call)(const std::shared_ptr<grpc::Channel>&)) {
  const absl::Time bound = absl::Now() + absl::Seconds(10);
  while (absl::Now() < bound) {
    if (call(channel).error_code() == code) return true;
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

class LoadBalancingTest : public ProgramTest {
 protected:
  void UseRoundRobin() {
    args_.SetServiceConfigJSON(
        R"({"loadBalancingConfig": [{"round_robin": {}}]})");
  }
  static grpc::Status PlainCall(const std::shared_ptr<grpc::Channel>& channel) {
    return Call(channel);
  }
};

TEST_P(LoadBalancingTest, RoundRobinUsesEveryServer) {
  const TestServer servers[3];
  UseRoundRobin();
  const auto channel = NewChannel(std::vector<std::string>{
      servers[0].target(), servers[1].target(), servers[2].target()});
  const absl::Time bound = absl::Now() + absl::Seconds(10);
  // Servers come in as they are connected.
  while (servers[0].unary_calls() * servers[1].unary_calls() *
                 servers[2].unary_calls() ==
             0 &&
         absl::Now() < bound) {
    ExpectWorks(channel);
  }
  const int before = servers[0].unary_calls();
  for (int i = 0; i < 30; ++i) ExpectWorks(channel);
  EXPECT_EQ(servers[0].unary_calls() - before, 10);
}

TEST_P(LoadBalancingTest, PickFirstGoesOnToAServerThatListens) {
  std::string nobody;
  {
    const TestServer gone;
    nobody = gone.target();
  }
  const TestServer server;
  ExpectWorks(NewChannel(std::vector<std::string>{nobody, server.target()}));
}

// ---- Health checks

class HealthTest : public LoadBalancingTest {
 protected:
  void CheckHealthOf(const std::string& service) {
    args_.SetServiceConfigJSON(
        absl::StrCat(R"({"loadBalancingConfig": [{"round_robin": {}}],
                         "healthCheckConfig": {"serviceName": ")",
                     service, R"("}})"));
  }
};

// Catches: a process that dies of a health check's answer.
TEST_P(HealthTest, AHealthyGoServer) {
  const auto server = GoServer::Start(GoServer::Security::kPlain);
  ASSERT_TRUE(server.ok()) << server.status();
  CheckHealthOf("healthy");
  const auto channel = NewChannel((*server)->target());
  for (int i = 0; i < 10; ++i) {
    const grpc::Status status = Call(channel);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

TEST_P(HealthTest, AnIllGoServer) {
  const auto server = GoServer::Start(GoServer::Security::kPlain);
  ASSERT_TRUE(server.ok()) << server.status();
  CheckHealthOf("ill");
  EXPECT_EQ(Call(NewChannel((*server)->target())).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_P(HealthTest, AServiceThatTheGoServerDoesNotKnow) {
  const auto server = GoServer::Start(GoServer::Security::kPlain);
  ASSERT_TRUE(server.ok()) << server.status();
  CheckHealthOf("unknown");
  EXPECT_EQ(Call(NewChannel((*server)->target())).error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

// The connection stays; the stream of the health check says when it may be
// used.
TEST_P(HealthTest, AServerThatFallsIllAndRecovers) {
  TestServer server;
  server.SetServing("service", true);
  CheckHealthOf("service");
  const auto channel = NewChannel(server.target());
  for (int i = 0; i < 3; ++i) {
    ExpectWorks(channel);
    server.SetServing("service", false);
    EXPECT_TRUE(EndsWith(channel, grpc::StatusCode::UNAVAILABLE, PlainCall));
    server.SetServing("service", true);
    EXPECT_TRUE(EndsWith(channel, grpc::StatusCode::OK, PlainCall));
  }
}

// ---- Backend metrics out of band

class BackendMetricsTest : public LoadBalancingTest {};

// grpc-go sends its report as soon as it is asked; the policy gives the server
// that is used less nine times as many calls.
TEST_P(BackendMetricsTest, WeightsFollowTheReports) {
  if (GRPC_CPP_VERSION_MINOR < 55) {
    GTEST_SKIP() << "this gRPC has no policy that asks for reports";
  }
  const auto busy =
      GoServer::Start(GoServer::Security::kPlain, {"--utilization=0.9"});
  const auto idle =
      GoServer::Start(GoServer::Security::kPlain, {"--utilization=0.1"});
  ASSERT_TRUE(busy.ok() && idle.ok());
  args_.SetServiceConfigJSON(R"({"loadBalancingConfig": [
      {"weighted_round_robin": {"enableOobLoadReport": true,
                                "oobReportingPeriod": "0.1s",
                                "blackoutPeriod": "0s",
                                "weightUpdatePeriod": "0.1s"}}]})");
  const auto channel = NewChannel(
      std::vector<std::string>{(*busy)->target(), (*idle)->target()});
  int of_busy = 0;
  int of_idle = 0;
  const absl::Time bound = absl::Now() + absl::Seconds(10);
  // The first calls go to both alike.
  while (of_idle < 3 * of_busy + 20 && absl::Now() < bound) {
    if (of_busy + of_idle == 100) of_busy = of_idle = 0;
    grpc::ClientContext context;
    ASSERT_TRUE(Call(channel, "hello", &context).ok());
    ++(context.peer() == absl::StrCat("ipv4:", (*busy)->target()) ? of_busy
                                                                  : of_idle);
  }
  EXPECT_GE(of_idle, 3 * of_busy + 20);
}

// ---- Outlier detection

TEST_P(LoadBalancingTest, OutlierDetectionEjectsAServerThatFails) {
  const TestServer good[2];
  TestServer::Options options;
  options.unary = [](grpc::ServerContext*, const grpc::testing::SimpleRequest&,
                     grpc::testing::SimpleResponse*) {
    return grpc::Status(grpc::StatusCode::INTERNAL, "always");
  };
  const TestServer bad(options);
  args_.SetServiceConfigJSON(R"({"loadBalancingConfig": [
      {"outlier_detection_experimental": {
          "interval": "0.2s", "baseEjectionTime": "60s",
          "maxEjectionPercent": 50,
          "failurePercentageEjection": {
              "threshold": 50, "enforcementPercentage": 100,
              "minimumHosts": 3, "requestVolume": 3},
          "childPolicy": [{"round_robin": {}}]}}]})");
  const auto channel = NewChannel(std::vector<std::string>{
      good[0].target(), good[1].target(), bad.target()});
  // Ejected: twenty calls in a row succeed.
  int in_a_row = 0;
  const absl::Time bound = absl::Now() + absl::Seconds(20);
  while (in_a_row < 20 && absl::Now() < bound) {
    in_a_row = Call(channel).ok() ? in_a_row + 1 : 0;
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_EQ(in_a_row, 20);
  EXPECT_GE(bad.unary_calls(), 3);
}

LOOPY_OVER_BOTH_TRANSPORTS(LoadBalancingTest);
LOOPY_OVER_BOTH_TRANSPORTS(HealthTest);
LOOPY_OVER_BOTH_TRANSPORTS(BackendMetricsTest);

}  // namespace
}  // namespace loopy
