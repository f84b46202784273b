#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "tests/adapter/echo_server.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

class CloseConnectionsTest : public ::testing::Test {
 protected:
  CloseConnectionsTest() {
    RegisterTransport();
    grpc::ChannelArguments arguments;
    UseTransport(&arguments);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    channel_ = grpc::CreateCustomChannel(
        server_.address(), grpc::InsecureChannelCredentials(), arguments);
  }

  grpc::Status Call() { return Echo(channel_.get(), "hello").status; }

  EchoServer server_;
  std::shared_ptr<grpc::Channel> channel_;
};

// Catches: a call that hangs on the closed connection, and a channel that does
// not connect anew.
TEST_F(CloseConnectionsTest, CallsFailAndTheNextConnectsAnew) {
  HeldCall held(channel_);
  ASSERT_TRUE(held.AwaitStarted());
  EXPECT_EQ(CloseConnections("ipv4:192.0.2.1:1"), 0) << "another peer";
  EXPECT_EQ(CloseConnections("ipv4:" + server_.address()), 1);
  const grpc::Status status = held.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(absl::StrContains(status.error_message(),
                                "the application closed the connection"))
      << status.error_message();
  EXPECT_TRUE(Call().ok());
}

// Catches: a grace in which calls fail, and one that new calls wait for.
TEST_F(CloseConnectionsTest, CallsMayEndWithinTheGrace) {
  HeldCall held(channel_);
  ASSERT_TRUE(held.AwaitStarted());
  EXPECT_EQ(CloseConnections("", std::chrono::seconds(30)), 1);
  EXPECT_TRUE(Call().ok());
  EXPECT_TRUE(held.Finish().ok());
}

TEST_F(CloseConnectionsTest, TheGraceEnds) {
  HeldCall held(channel_);
  ASSERT_TRUE(held.AwaitStarted());
  EXPECT_EQ(CloseConnections("", std::chrono::milliseconds(50)), 1);
  // The transport is gone with its last call.
  const auto bound =
      std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (CloseConnections("", std::chrono::hours(1)) != 0 &&
         std::chrono::steady_clock::now() < bound) {
    std::this_thread::yield();
  }
  EXPECT_EQ(held.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace loopy
