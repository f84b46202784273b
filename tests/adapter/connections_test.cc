#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "tests/adapter/echo_server.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsTest() {
    RegisterTransport();
    grpc::ChannelArguments arguments;
    UseTransport(&arguments);
    channel_ = grpc::CreateCustomChannel(
        server_.address(), grpc::InsecureChannelCredentials(), arguments);
  }

  std::string Peer() const { return "ipv4:" + server_.address(); }

  // Those of this test's connections.
  std::vector<ConnectionStats> Stats() {
    std::vector<ConnectionStats> all = GetConnectionStats();
    all.erase(std::remove_if(all.begin(), all.end(),
                             [this](const ConnectionStats& stats) {
                               return stats.peer != Peer();
                             }),
              all.end());
    return all;
  }
  uint64_t OpenCalls() {
    uint64_t calls = 0;
    for (const ConnectionStats& stats : Stats()) calls += stats.open_calls;
    return calls;
  }

  grpc::Status Call() { return Echo(channel_.get(), "hello").status; }

  EchoServer server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Catches: a call that hangs on the closed connection, and a channel that does
// not connect anew.
TEST_F(ConnectionsTest, CallsFailAndTheNextConnectsAnew) {
  HeldCall held(channel_);
  ASSERT_TRUE(held.AwaitStarted());
  EXPECT_EQ(CloseConnections("ipv4:192.0.2.1:1"), 0) << "another peer";
  EXPECT_EQ(CloseConnections(Peer()), 1);
  const grpc::Status status = held.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(absl::StrContains(status.error_message(),
                                "the application closed the connection"))
      << status.error_message();
  EXPECT_TRUE(Call().ok());
}

// Catches: a grace in which calls fail, and one that new calls wait for.
TEST_F(ConnectionsTest, CallsMayEndWithinTheGrace) {
  HeldCall held(channel_);
  ASSERT_TRUE(held.AwaitStarted());
  EXPECT_EQ(CloseConnections(Peer(), std::chrono::seconds(30)), 1);
  EXPECT_TRUE(Call().ok());
  EXPECT_TRUE(held.Finish().ok());
}

TEST_F(ConnectionsTest, TheGraceEnds) {
  HeldCall held(channel_);
  ASSERT_TRUE(held.AwaitStarted());
  EXPECT_EQ(CloseConnections(Peer(), std::chrono::milliseconds(50)), 1);
  const auto bound =
      std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (OpenCalls() != 0 && std::chrono::steady_clock::now() < bound) {
    std::this_thread::yield();
  }
  EXPECT_EQ(held.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// Catches: calls that are not counted, or counted under another cause.
TEST_F(ConnectionsTest, StatsSayWhatCallsWaitFor) {
  HeldCall held(channel_);
  ASSERT_TRUE(held.AwaitStarted());
  ASSERT_TRUE(Call().ok());
  const std::vector<ConnectionStats> all = Stats();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].open_calls, 1u);
  EXPECT_EQ(all[0].ended_calls, 1u);
  EXPECT_EQ(all[0].calls_by_cause,
            (std::map<std::string, uint64_t>{{"peer", 1}}));
  EXPECT_GT(all[0].send_window, 0);
  EXPECT_GT(all[0].receive_window, 0);
  EXPECT_LT(all[0].write_bytes, 100u) << "at most a WINDOW_UPDATE";
}

}  // namespace
}  // namespace loopy
