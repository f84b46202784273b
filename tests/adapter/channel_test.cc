// Channels over this transport call servers of the test's own. The tests look
// at what gRPC's connector, channel and call see.

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/adapter/echo_server.h"
#include "tests/support/raw_peer.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

// The payload of a GOAWAY with ENHANCE_YOUR_CALM: no stream was processed.
std::string TooManyPings() {
  return absl::StrCat(std::string("\0\0\0\0\0\0\0\x0b", 8), "too_many_pings");
}

std::chrono::system_clock::time_point In(int seconds) {
  return std::chrono::system_clock::now() + std::chrono::seconds(seconds);
}

class ChannelTest : public ::testing::Test {
 protected:
  ChannelTest() {
    RegisterTransport();
    UseTransport(&args_);
  }

  std::shared_ptr<grpc::Channel> NewChannel(const std::string& target) {
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(),
                                     args_);
  }

  // Returns what a call to a bad peer ends with.
  grpc::Status Fail(const RawPeer& peer) {
    const grpc::Status status =
        Echo(NewChannel(peer.target()).get(), "hello").status;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    return status;
  }

  grpc::ChannelArguments args_;
};

TEST_F(ChannelTest, MetadataGoesBothWays) {
  const EchoServer server;
  const std::string binary("\0\xff,%\n", 5);
  grpc::ClientContext context;
  context.AddMetadata("echo-text", "a, b");
  context.AddMetadata("echo-twice", "1");
  context.AddMetadata("echo-twice", "2");
  context.AddMetadata("echo-bytes-bin", binary);
  const EchoResult result =
      Echo(NewChannel(server.address()).get(), "hello", &context);
  EXPECT_TRUE(result.status.ok()) << result.status.error_message();
  EXPECT_EQ(result.message, "hello");
  EXPECT_TRUE(absl::StrContains(result.user_agent, "loopy_http2"));
  EXPECT_TRUE(absl::StartsWith(context.peer(), "ipv4:127.0.0.1:"));
  const auto& headers = context.GetServerInitialMetadata();
  const auto& trailers = context.GetServerTrailingMetadata();
  EXPECT_EQ(headers.find("echo-text")->second, "a, b");
  EXPECT_EQ(headers.count("echo-twice"), 2);
  EXPECT_EQ(headers.find("echo-bytes-bin")->second, binary);
  EXPECT_EQ(trailers.find("echo-bytes-trailer-bin")->second, binary);
}

TEST_F(ChannelTest, LargeMessagesGoBothWays) {
  const EchoServer server;
  const std::string message(3 << 20, 'm');
  const auto channel = NewChannel(server.address());
  for (int i = 0; i < 3; ++i) {
    const EchoResult result = Echo(channel.get(), message);
    ASSERT_TRUE(result.status.ok()) << result.status.error_message();
    EXPECT_EQ(result.message, message);
  }
}

// Applications look for the code and the text. Catches: a text that is not the
// built-in transport's, which differs from release to release.
TEST_F(ChannelTest, AMessageAboveTheLimitFailsAsWithTheBuiltInTransport) {
  const EchoServer server;
  grpc::ChannelArguments built_in;
  for (grpc::ChannelArguments* args : {&args_, &built_in}) {
    args->SetMaxReceiveMessageSize(5);
  }
  const grpc::Status ours =
      Echo(NewChannel(server.address()).get(), "hello world").status;
  const grpc::Status theirs =
      Echo(grpc::CreateCustomChannel(
               server.address(), grpc::InsecureChannelCredentials(), built_in)
               .get(),
           "hello world")
          .status;
  EXPECT_EQ(ours.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ours.error_code(), theirs.error_code());
  EXPECT_EQ(ours.error_message(), theirs.error_message());
  EXPECT_TRUE(absl::StrContains(ours.error_message(),
                                "Received message larger than max (11 vs. 5)"))
      << ours.error_message();
}

// The sizes are above the default limit, and above what one frame holds.
// Catches: an error of the connection.
TEST_F(ChannelTest, MetadataAboveTheLimitFailTheirCallAlone) {
  const EchoServer server(grpc::InsecureServerCredentials(),
                          {{GRPC_ARG_MAX_METADATA_SIZE, 1 << 20}});
  const auto channel = NewChannel(server.address());
  HeldCall held(channel);
  ASSERT_TRUE(held.AwaitStarted());
  for (const size_t size : {20000, 60000, 200000}) {
    grpc::ClientContext context;
    context.AddMetadata("echo-large", std::string(size, 'x'));
    const grpc::Status status = Echo(channel.get(), "hello", &context).status;
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
        << size << ": " << status.error_message();
    EXPECT_TRUE(
        absl::StrContains(status.error_message(), "metadata size exceeds"))
        << status.error_message();
  }
  EXPECT_TRUE(held.Finish().ok()) << "the connection lives";
}

TEST_F(ChannelTest, MetadataBelowALargerLimitPass) {
  const EchoServer server(grpc::InsecureServerCredentials(),
                          {{GRPC_ARG_MAX_METADATA_SIZE, 1 << 20}});
  args_.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 1 << 20);
  const auto channel = NewChannel(server.address());
  for (const size_t size : {20000, 65000, 200000}) {
    const std::string text(size, 'x');
    grpc::ClientContext context;
    context.AddMetadata("echo-large", text);
    const EchoResult result = Echo(channel.get(), "hello", &context);
    EXPECT_TRUE(result.status.ok()) << size << result.status.error_message();
    const auto& headers = context.GetServerInitialMetadata();
    const auto large = headers.find("echo-large");
    ASSERT_NE(large, headers.end());
    EXPECT_EQ(large->second, text);
  }
}

TEST_F(ChannelTest, ThePeerClosesAtOnce) {
  RawPeer peer([](RawPeer::Connection*) {});
  EXPECT_TRUE(
      absl::StrContains(Fail(peer).error_message(), "no HTTP/2 SETTINGS came"));
}

TEST_F(ChannelTest, ThePeerIsNoHttp2Server) {
  RawPeer peer([](RawPeer::Connection* connection) {
    connection->Send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_TRUE(
      absl::StrContains(Fail(peer).error_message(), "no HTTP/2 SETTINGS came"));
}

// Breaks when the attempt does not count SETTINGS: the call would wait for its
// own deadline.
TEST_F(ChannelTest, ThePeerSaysNothing) {
  RawPeer peer([](RawPeer::Connection* connection) { connection->StayOpen(); });
  args_.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 300);
  EXPECT_TRUE(absl::StrContains(
      Fail(peer).error_message(),
      "connection attempt timed out before receiving SETTINGS frame"));
}

// Breaks when the connector's Shutdown leaves a handshake that waits for
// SETTINGS to its deadline, as the built-in connector does: 20 s.
TEST_F(ChannelTest, ADroppedChannelDropsTheAttempt) {
  absl::Notification connected;
  absl::Notification ended;
  RawPeer peer([&](RawPeer::Connection* connection) {
    connection->Skip(24);  // the preface
    connected.Notify();
    while (connection->Skip(1)) {
    }
    ended.Notify();
  });
  auto channel = NewChannel(peer.target());
  // A thread has to poll while the channel connects.
  for (int i = 0; i < 100 && !connected.HasBeenNotified(); ++i) {
    EXPECT_FALSE(channel->WaitForConnected(std::chrono::system_clock::now() +
                                           std::chrono::milliseconds(100)));
  }
  ASSERT_TRUE(connected.HasBeenNotified());
  channel.reset();
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(5)));
}

TEST_F(ChannelTest, ReconnectsToAServerThatComesBack) {
  auto server = std::make_unique<EchoServer>();
  const auto channel = NewChannel(server->address());
  EXPECT_TRUE(CallsGoOverLoopy(channel.get()));
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  server.reset();  // with a GOAWAY
  EXPECT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY, In(10)));
  EXPECT_FALSE(Echo(channel.get(), "hello").status.ok());
}

TEST_F(ChannelTest, ChannelsComeAndGo) {
  const EchoServer server;
  // Each channel has a connection of its own.
  args_.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(CallsGoOverLoopy(NewChannel(server.address()).get()));
  }
}

// Catches: a stream beyond what the server's SETTINGS allow, which it refuses;
// one that waits, and is forgotten when another ends.
TEST_F(ChannelTest, CallsBeyondMaxConcurrentStreamsWait) {
  const EchoServer server(grpc::InsecureServerCredentials(),
                          {{GRPC_ARG_MAX_CONCURRENT_STREAMS, 2}});
  const auto channel = NewChannel(server.address());
  HeldCall first(channel);
  HeldCall second(channel);
  ASSERT_TRUE(first.AwaitStarted());
  ASSERT_TRUE(second.AwaitStarted());
  auto third = std::async(std::launch::async, [&channel] {
    return Echo(channel.get(), "hello").status;
  });
  EXPECT_EQ(third.wait_for(std::chrono::milliseconds(200)),
            std::future_status::timeout);
  EXPECT_TRUE(first.Finish().ok());
  EXPECT_TRUE(third.get().ok());
  EXPECT_TRUE(second.Finish().ok());
}

// Catches: a GOAWAY whose debug data are ignored, or that is not passed on to
// the channel: its next connection would ping as often as the one before.
TEST_F(ChannelTest, TooManyPingsDoubleTheKeepaliveTime) {
  constexpr int kKeepaliveMs = 300;
  std::atomic<int> connections{0};
  absl::Notification ready;
  std::chrono::steady_clock::duration until_ping{};
  absl::Notification pinged;
  RawPeer peer([&](RawPeer::Connection* connection) {
    const bool first = connections++ == 0;
    const auto begin = std::chrono::steady_clock::now();
    connection->Send(RawPeer::Frame(kSettingsFrame, 0, 0, ""));
    if (first) {
      ready.WaitForNotificationWithTimeout(absl::Seconds(10));
      connection->Send(RawPeer::Frame(kGoAwayFrame, 0, 0, TooManyPings()));
    } else if (connection->SkipUntilFrame(kPingFrame) &&
               !pinged.HasBeenNotified()) {
      until_ping = std::chrono::steady_clock::now() - begin;
      pinged.Notify();
    }
    connection->StayOpen();
  });
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  args_.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  args_.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const auto channel = NewChannel(peer.target());
  ASSERT_TRUE(channel->WaitForConnected(In(10)));
  ready.Notify();
  ASSERT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_READY, In(10)));
  ASSERT_TRUE(channel->WaitForConnected(In(10)));
  ASSERT_TRUE(pinged.WaitForNotificationWithTimeout(absl::Seconds(10)));
  EXPECT_GE(until_ping, std::chrono::milliseconds(2 * kKeepaliveMs));
}

}  // namespace
}  // namespace loopy
