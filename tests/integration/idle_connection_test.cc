// Connections that end while no call is open, and nobody reads: the next call
// is made on another one. (Over the built-in transport of gRPC 1.51 it is
// UNAVAILABLE.)

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "tests/integration/raw_peer_fixture.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "tests/support/raw_peer.h"
#include "tests/support/socket_watch.h"

namespace loopy {
namespace {

class IdleConnectionTest : public RawPeerTest {
 protected:
  static void AnswerCall(RawPeer::Connection* connection) {
    connection->SkipUntilFrame(kHeadersFrame);
    const std::string empty_message("\0\0\0\0\0", 5);
    connection->Send(
        RawPeer::Frame(kHeadersFrame, kEndHeadersFlag, 1, kOkGrpcHeaders) +
        RawPeer::Frame(kDataFrame, 0, 1, empty_message) +
        RawPeer::Frame(kHeadersFrame, kEndHeadersFlag | kEndStreamFlag, 1,
                       kOkTrailers));
    connection->StayOpen();
  }
};

INSTANTIATE_TEST_SUITE_P(
    Transports, IdleConnectionTest, ::testing::Values(TransportKind::kLoopy),
    [](const ::testing::TestParamInfo<TransportKind>& info) {
      return std::string(TransportName(info.param));
    });

// A peer, or something on the way to it, resets the connection. Fails if the
// request, of which the kernel took nothing, counts as sent.
TEST_P(IdleConnectionTest, ThatIsResetIsReplaced) {
  absl::Notification connected;
  std::atomic<int> connections{0};
  RawPeer peer([&](RawPeer::Connection* connection) {
    GreetAsHttp2(connection);
    if (connections.fetch_add(1) != 0) return AnswerCall(connection);
    connected.WaitForNotification();
    connection->Reset();
  });
  const auto channel = MakeChannel(peer);
  ASSERT_TRUE(AwaitConnected(channel, absl::Seconds(5)).ok());
  connected.Notify();
  // The RST has come when the kernel has no such connection any more.
  ASSERT_TRUE(Eventually(
      [&peer] { return !SocketWatch::OfPeer(PortOf(peer.target())).ok(); }));
  const grpc::Status status = Call(channel);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(connections.load(), 2);
}

// A peer ends its side without a GOAWAY, as one that is killed. Fails if the
// request is written to it.
TEST_P(IdleConnectionTest, ThatIsClosedIsReplaced) {
  absl::Notification connected;
  absl::Notification finished;
  std::atomic<int> connections{0};
  std::atomic<bool> request_came{false};
  RawPeer peer([&](RawPeer::Connection* connection) {
    GreetAsHttp2(connection);
    if (connections.fetch_add(1) != 0) return AnswerCall(connection);
    connected.WaitForNotification();
    connection->Finish();
    finished.Notify();
    if (connection->SkipUntilFrame(kHeadersFrame)) request_came = true;
  });
  const auto channel = MakeChannel(peer);
  ASSERT_TRUE(AwaitConnected(channel, absl::Seconds(5)).ok());
  connected.Notify();
  ASSERT_TRUE(finished.WaitForNotificationWithTimeout(kPatience));
  const grpc::Status status = Call(channel);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_FALSE(request_came.load());
  EXPECT_EQ(connections.load(), 2);
}

class RestartTest : public ::testing::TestWithParam<GoServer::Security> {};

INSTANTIATE_TEST_SUITE_P(
    Securities, RestartTest,
    ::testing::Values(GoServer::Security::kPlain, GoServer::Security::kTls),
    [](const ::testing::TestParamInfo<GoServer::Security>& info) {
      return info.param == GoServer::Security::kTls ? "tls" : "plain";
    });

// A grpc-go server is killed and started again between the calls of a blocking
// client. Fails if a request is written to the one that is gone.
TEST_P(RestartTest, TheNextCallGoesToTheNewServer) {
  auto server = GoServer::Start(GetParam());
  ASSERT_TRUE(server.ok()) << server.status();
  const std::string port = absl::StrCat("--port=", PortOf((*server)->target()));
  auto channel = MakeChannel((*server)->ClientConfig(TransportKind::kLoopy));
  ASSERT_TRUE(channel.ok()) << channel.status();
  for (int i = 0; i < 4; ++i) {
    if (i != 0) {
      server->reset();
      server = GoServer::Start(GetParam(), {port});
      ASSERT_TRUE(server.ok()) << server.status();
    }
    const grpc::Status status = MakeEmptyCall(*channel);
    EXPECT_TRUE(status.ok())
        << "after restart " << i << ": " << status.error_message();
  }
}

}  // namespace
}  // namespace loopy
