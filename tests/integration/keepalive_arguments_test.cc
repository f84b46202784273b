// Channel arguments for keepalive, PINGs and the ACKs that a peer owes.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/recorded_call.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "tests/support/recording_peer.h"
#include "tests/support/socket_watch.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

class KeepaliveArgumentsTest : public ::testing::TestWithParam<TransportKind> {
 protected:
  // Makes a call to a peer that sends no ACKs of PINGs, and waits for its end.
  // Fails unless the connection is broken off within 10 s.
  void ExpectBrokenOffWithoutAcks() {
    RecordingPeer::Options options;
    options.acks_pings = false;
    RecordedCall call(GetParam(), args_, options);
    const absl::Time begin = absl::Now();
    EXPECT_EQ(call.AwaitEnd().error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  }

  grpc::ChannelArguments args_;
};

LOOPY_OVER_BOTH_RECORDED_TRANSPORTS(KeepaliveArgumentsTest);

// Without calls there are no keepalive pings, unless they are permitted.
// Catches: pings that do not depend on the argument.
TEST_P(KeepaliveArgumentsTest, KeepalivePermitWithoutCalls) {
  const auto is_pinged = [](int permitted) {
    grpc::ChannelArguments args;
    args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 500);
    args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, permitted);
    const RecordingPeer peer;
    const auto channel = MakeChannelTo(peer, GetParam(), args);
    EXPECT_TRUE(AwaitConnected(channel, absl::Seconds(5)).ok());
    return peer.Await(kPingFrame, 1, absl::Seconds(3));
  };
  EXPECT_TRUE(is_pinged(1));
  EXPECT_FALSE(is_pinged(0));
}

// Returns a socket option of the connection to that peer; -1: no socket.
int SocketOption(const RecordingPeer& peer, int level, int name) {
  const int port = PortOf(peer.target());
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      continue;
    }
    // gRPC's sockets are IPv6, where that is to be had.
    const int peer_port =
        address.ss_family == AF_INET6
            ? ntohs(reinterpret_cast<sockaddr_in6*>(&address)->sin6_port)
            : ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
    if (peer_port != port) continue;
    int value = -1;
    socklen_t value_size = sizeof(value);
    getsockopt(fd, level, name, &value, &value_size);
    return value;
  }
  return -1;
}

// Catches: a socket whose user timeout is not the argument's.
TEST_P(KeepaliveArgumentsTest, KeepaliveSetsTheUserTimeout) {
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 7000);
  const RecordedCall call(GetParam(), args_);
  EXPECT_EQ(SocketOption(call.peer(), IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
}

// Catches: a dead peer that is not noticed. (chttp2 of 1.83.0 never starts that
// timer.)
TEST_P(KeepaliveArgumentsTest, KeepaliveTimeout) {
  if (GRPC_CPP_VERSION_MINOR != 51 && GetParam() == TransportKind::kChttp2) {
    GTEST_SKIP() << "a defect of the built-in transport";
  }
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 500);
  ExpectBrokenOffWithoutAcks();
}

#if GRPC_CPP_VERSION_MINOR != 51

// Catches: an ACK that is awaited for the keepalive timeout, or for ever.
TEST_P(KeepaliveArgumentsTest, PingTimeout) {
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 60000);
  args_.SetInt("grpc.http2.ping_timeout_ms", 500);
  ExpectBrokenOffWithoutAcks();
}

// Catches: SETTINGS whose ACK is awaited for ever.
TEST_P(KeepaliveArgumentsTest, SettingsTimeout) {
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60000);
  args_.SetInt("grpc.http2.settings_timeout", 1000);
  RecordingPeer::Options options;
  options.acks_settings = false;
  RecordedCall call(GetParam(), args_, options);
  EXPECT_EQ(call.AwaitEnd().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(call.peer().Await(kGoAwayFrame, 1, absl::Seconds(5)));
  const std::string goaway = call.peer().Frames({kGoAwayFrame}).at(0).payload;
  constexpr char kSettingsTimeout = 0x4;  // RFC 9113 section 7
  EXPECT_EQ(goaway.substr(4, 4),
            std::string(3, '\0') + std::string(1, kSettingsTimeout));
}

#endif

// Catches: a ping that waits for the timeout of the one before (gRFC A8).
TEST_P(KeepaliveArgumentsTest, TheNextPingIsDueATimeAfterTheAnswer) {
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1200);
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
  args_.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const RecordedCall call(GetParam(), args_);
  EXPECT_TRUE(call.peer().Await(kPingFrame, 4, absl::Seconds(10)));
  const auto pings = call.peer().Frames({kPingFrame});
  for (size_t i = 1; i < pings.size(); ++i) {
    const absl::Duration gap = pings[i].at - pings[i - 1].at;
    EXPECT_GT(gap, absl::Milliseconds(1100));
    EXPECT_LT(gap, absl::Milliseconds(3000));
  }
}

// A grpc-go server with default settings, which forgives two pings without
// data.
class PingStrikesTest : public KeepaliveArgumentsTest {
 protected:
  // Makes a call on which nothing is sent and nothing arrives, for so long that
  // the third keepalive ping is due.
  grpc::Status CallForLong() {
    auto server = GoServer::Start(GoServer::Security::kPlain);
    EXPECT_TRUE(server.ok()) << server.status();
    args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
    args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1000);
    const auto channel =
        loopy::MakeChannel((*server)->ClientConfig(GetParam()), args_);
    EXPECT_TRUE(channel.ok()) << channel.status();
    ReceiveOnlyCall call(*channel);
    absl::SleepFor(absl::Milliseconds(6500));
    return call.Finish();
  }
};

LOOPY_OVER_BOTH_RECORDED_TRANSPORTS(PingStrikesTest);

// Catches: keepalive pings that do not obey grpc.http2.max_pings_without_data,
// which is 2 by default.
TEST_P(PingStrikesTest, AReceiveOnlyCallIsNotClosedForTooManyPings) {
  const grpc::Status status = CallForLong();
  EXPECT_TRUE(status.ok()) << status.error_message();
}

// Catches: a limit that is there although the argument switches it off.
TEST_P(PingStrikesTest, PingsWithoutLimitAreTooMany) {
  args_.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const grpc::Status status = CallForLong();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  if (GetParam() == TransportKind::kLoopy) {
    EXPECT_THAT(status.error_message(), HasSubstr("too_many_pings"));
  }
}

}  // namespace
}  // namespace loopy
