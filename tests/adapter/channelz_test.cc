// These tests read what channelz shows of a channel's connection.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/adapter/echo_server.h"
#include "tests/support/raw_peer.h"
#include "tests/support/recording_peer.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

std::string Take(char* json) {
  if (json == nullptr) return "";
  std::string text = json;
  gpr_free(json);
  return text;
}

// Returns the last id of that kind, or 0. 64-bit numbers are strings in proto's
// JSON.
intptr_t LastId(const std::string& json, absl::string_view name) {
  const std::string key = absl::StrCat("\"", name, "\":\"");
  const size_t found = json.rfind(key);
  if (found == std::string::npos) return 0;
  return std::atol(json.c_str() + found + key.size());
}

// Returns the socket of the last channel's last subchannel.
std::string LastSocket() {
  const std::string channels = Take(grpc_channelz_get_top_channels(0));
  const intptr_t subchannel_id = LastId(channels, "subchannelId");
  EXPECT_NE(subchannel_id, 0) << channels;
  const std::string subchannel =
      Take(grpc_channelz_get_subchannel(subchannel_id));
  const intptr_t socket_id = LastId(subchannel, "socketId");
  EXPECT_NE(socket_id, 0) << subchannel;
  return Take(grpc_channelz_get_socket(socket_id));
}

// Catches: a connection whose socket gRPC does not get; calls that are not
// counted, or that are counted before their end can be seen.
TEST(ChannelzTest, ShowsASubchannelsSocket) {
  const EchoServer server;
  RegisterTransport();
  grpc::ChannelArguments args;
  UseTransport(&args);
  args.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 1);
  const auto channel = grpc::CreateCustomChannel(
      server.address(), grpc::InsecureChannelCredentials(), args);
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
  RegisterTransport();
  grpc::ChannelArguments args;
  UseTransport(&args);
  args.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 1);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 100000);
  const auto channel = grpc::CreateCustomChannel(
      peer.target(), grpc::InsecureChannelCredentials(), args);
  const HeldCall held(channel);
  ASSERT_TRUE(peer.Await(kPingFrame, 1, absl::Seconds(10)));
  const std::string socket = LastSocket();
  EXPECT_THAT(socket, HasSubstr("\"keepAlivesSent\":\"1\""));
  EXPECT_THAT(socket, HasSubstr("\"localFlowControlWindow\":\"66535\""));
  EXPECT_THAT(socket, HasSubstr("\"remoteFlowControlWindow\":\"100000\""));
}

}  // namespace
}  // namespace loopy
