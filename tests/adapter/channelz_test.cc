// These tests read what channelz shows of a channel's connection.

#include "tests/support/channelz.h"

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/adapter/echo_server.h"
#include "tests/support/raw_peer.h"
#include "tests/support/recording_peer.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<grpc::Channel> ChannelWithChannelz(
    const std::string& target,
    grpc::ChannelArguments args = grpc::ChannelArguments()) {
  RegisterTransport();
  UseTransport(&args);
  args.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 1);
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(),
                                   args);
}

// Catches: a connection whose socket gRPC does not get; calls that are not
// counted, or that are counted before their end can be seen.
TEST(ChannelzTest, ShowsASubchannelsSocket) {
  const EchoServer server;
  const auto channel = ChannelWithChannelz(server.address());
  ASSERT_TRUE(CallsGoOverLoopy(channel.get()));
  ASSERT_TRUE(CallsGoOverLoopy(channel.get()));
  HeldCall held(channel);
  ASSERT_TRUE(held.AwaitStarted());
  const std::string socket = LastSocket();
  EXPECT_THAT(socket, HasSubstr("\"streamsStarted\":\"3\""));
  EXPECT_THAT(socket, HasSubstr("\"streamsSucceeded\":\"2\""));
  EXPECT_THAT(socket, HasSubstr("\"messagesSent\":\"2\""));
  EXPECT_THAT(socket, HasSubstr("\"messagesReceived\":\"2\""));
  EXPECT_THAT(socket, HasSubstr("\"lastLocalStreamCreatedTimestamp\":"));
  EXPECT_THAT(socket,
              HasSubstr(absl::StrCat("loopy_http2 ipv4:", server.address())));
  const size_t remote = socket.find("\"remote\":");
  ASSERT_NE(remote, std::string::npos) << socket;
  EXPECT_THAT(
      socket.substr(remote),
      HasSubstr(server.address().substr(server.address().find(':') + 1)));
  EXPECT_TRUE(held.Finish().ok());
  EXPECT_THAT(LastSocket(), HasSubstr("\"streamsSucceeded\":\"3\""));
}

// Catches: a figure that is missing, or that is the other direction's.
TEST(ChannelzTest, ShowsPingsAndWindows) {
  RecordingPeer::Options options;
  options.then = RawPeer::Frame(kWindowUpdateFrame, 0, 0,
                                std::string("\0\0\x03\xe8", 4));  // 1000
  const RecordingPeer peer(options);
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 100000);
  const auto channel = ChannelWithChannelz(peer.target(), args);
  const HeldCall held(channel);
  ASSERT_TRUE(peer.Await(kPingFrame, 1, absl::Seconds(10)));
  const std::string socket = LastSocket();
  EXPECT_THAT(socket, HasSubstr("\"keepAlivesSent\":\"1\""));
  EXPECT_THAT(socket, HasSubstr("\"localFlowControlWindow\":\"66535\""));
  EXPECT_THAT(socket, HasSubstr("\"remoteFlowControlWindow\":\"100000\""));
}

// Catches: a figure that is missing, or another one's.
TEST(ChannelzTest, ShowsWhatCallsWaitFor) {
  const EchoServer server;
  const auto channel = ChannelWithChannelz(server.address());
  ASSERT_TRUE(CallsGoOverLoopy(channel.get()));
  HeldCall held(channel);
  ASSERT_TRUE(held.AwaitStarted());
  const std::string socket = LastSocketWithAllData();
  EXPECT_EQ(ChannelzFigure(socket, "calls_open"), 1) << socket;
  EXPECT_EQ(ChannelzFigure(socket, "calls_ended"), 1) << socket;
  EXPECT_EQ(ChannelzFigure(socket, "calls_waiting_for_peer"), 1) << socket;
  EXPECT_EQ(ChannelzFigure(socket, "queued_bytes"), 0) << socket;
  EXPECT_LT(ChannelzFigure(socket, "write_bytes"), 100) << socket;
  EXPECT_EQ(ChannelzFigure(socket, "stalled_by_socket_for_ms"), absl::nullopt)
      << socket;
  EXPECT_TRUE(held.Finish().ok());
}

}  // namespace
}  // namespace loopy
