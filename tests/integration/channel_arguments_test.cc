// Channel arguments whose effect a server sees, against the grpc-go server.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/argument_table.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "tests/support/raw_peer.h"
#include "tests/support/recording_peer.h"
#include "tests/support/socket_watch.h"
#include "tools/cpp/runfiles/runfiles.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

class ChannelArgumentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto server = GoServer::Start(GoServer::Security::kPlain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::shared_ptr<grpc::Channel> MakeChannel(
      const grpc::ChannelArguments& args) {
    auto channel =
        loopy::MakeChannel(server_->ClientConfig(TransportKind::kLoopy), args);
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *std::move(channel);
  }

  // A unary call whose response has `response_size` bytes.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                           int response_size) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(10));
    grpc::testing::SimpleRequest request;
    request.set_response_size(response_size);
    grpc::testing::SimpleResponse response;
    grpc::Status status =
        grpc::testing::TestService::NewStub(channel)->UnaryCall(
            &context, request, &response);
    if (status.ok()) {
      EXPECT_EQ(response.payload().body().size(),
                static_cast<size_t>(response_size));
    }
    return status;
  }

  std::unique_ptr<GoServer> server_;
};

// Catches: the WINDOW_UPDATE that enlarges the connection's window before the
// SETTINGS. A server whose first frame is not SETTINGS closes the connection.
TEST_F(ChannelArgumentsTest, ALargeLookaheadIsGrantedAfterSettings) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1000000);
  const auto channel = MakeChannel(args);
  for (int i = 0; i < 3; ++i) {
    const grpc::Status status = Call(channel, 3000000);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

// ---- The table

// Catches: a table in the documentation that is not this one.
TEST(ArgumentTableTest, IsThatOfTheDocumentation) {
  std::string error;
  const std::unique_ptr<bazel::tools::cpp::runfiles::Runfiles> runfiles(
      bazel::tools::cpp::runfiles::Runfiles::CreateForTest(&error));
  ASSERT_NE(runfiles, nullptr) << error;
  std::ifstream file(
      runfiles->Rlocation("com_github_grpc_loopy/docs/channel_arguments.md"));
  std::stringstream document;
  document << file.rdbuf();
  EXPECT_THAT(document.str(), HasSubstr(RenderArgumentTable()));
}

bool IsATestHere(absl::string_view name) {
  const ::testing::UnitTest* const tests = ::testing::UnitTest::GetInstance();
  for (int i = 0; i < tests->total_test_suite_count(); ++i) {
    const ::testing::TestSuite* const suite = tests->GetTestSuite(i);
    for (int j = 0; j < suite->total_test_count(); ++j) {
      const std::string full = suite->GetTestInfo(j)->name();
      if (full.substr(0, full.find('/')) == name) return true;
    }
  }
  return false;
}

// Catches: an argument that is said to be honoured, and that no test sees.
TEST(ArgumentTableTest, WhatIsHonouredIsTested) {
  for (const ArgumentRow& row : ArgumentTable()) {
    if (row.honoured != "yes" && row.honoured != "otherwise") continue;
    const bool elsewhere = absl::StrContains(row.test, '/');
    const bool other_release =
        GRPC_CPP_VERSION_MINOR == 51 && row.releases == "1.83";
    EXPECT_TRUE(elsewhere || other_release || IsATestHere(row.test))
        << row.name;
  }
}

// ---- What the peer of a connection sees

// A call on which nothing is sent, with a thread that waits for what the server
// sends: gRPC 1.51 reads from sockets only while somebody waits.
class ReceiveOnlyCall {
 public:
  explicit ReceiveOnlyCall(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(grpc::testing::TestService::NewStub(channel)) {
    context_.set_wait_for_ready(true);
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(30));
    stream_ = stub_->FullDuplexCall(&context_);
    reader_ = std::thread([this] {
      grpc::testing::StreamingOutputCallResponse response;
      while (stream_->Read(&response)) {
      }
    });
  }

  ~ReceiveOnlyCall() {
    if (reader_.joinable()) Cancel();
  }

  // Half-closes the call: the server ends it.
  grpc::Status Finish() {
    stream_->WritesDone();
    reader_.join();
    return stream_->Finish();
  }
  grpc::Status Cancel() {
    context_.TryCancel();
    reader_.join();
    return stream_->Finish();
  }

 private:
  const std::unique_ptr<grpc::testing::TestService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<grpc::testing::StreamingOutputCallRequest,
                               grpc::testing::StreamingOutputCallResponse>>
      stream_;
  std::thread reader_;
};

// A call on a connection of its own to a peer that writes the frames down.
class RecordedCall {
 public:
  RecordedCall(TransportKind transport, const grpc::ChannelArguments& args,
               RecordingPeer::Options options = {})
      : peer_(std::move(options)) {
    ChannelConfig config;
    config.target = peer_.target();
    config.transport = transport;
    auto channel = MakeChannel(config, args);
    EXPECT_TRUE(channel.ok()) << channel.status();
    channel_ = *std::move(channel);
    call_ = std::make_unique<ReceiveOnlyCall>(channel_);
    EXPECT_TRUE(peer_.Await(kHeadersFrame, 1, absl::Seconds(10)));
  }
  ~RecordedCall() {
    if (call_ != nullptr) call_->Cancel();
  }

  const RecordingPeer& peer() const { return peer_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // The client's first SETTINGS.
  int64_t Setting(int id) const {
    return SettingOf(peer_.Frames({kSettingsFrame}).at(0).payload, id);
  }
  // Waits for the end of the call, which the peer or a timer brings about.
  grpc::Status AwaitEnd() { return std::exchange(call_, nullptr)->Finish(); }

 private:
  RecordingPeer peer_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ReceiveOnlyCall> call_;
};

std::string NameOf(const ::testing::TestParamInfo<TransportKind>& info) {
  return std::string(TransportName(info.param));
}

class RecordedArgumentsTest : public ::testing::TestWithParam<TransportKind> {
 protected:
  grpc::ChannelArguments args_;
};

INSTANTIATE_TEST_SUITE_P(Transports, RecordedArgumentsTest,
                         ::testing::Values(TransportKind::kLoopy,
                                           TransportKind::kChttp2),
                         NameOf);

TEST_P(RecordedArgumentsTest, SettingsFollow) {
  args_.SetInt(GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_DECODER, 1000);
  args_.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 70000);
  args_.SetInt(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 20000);
  args_.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // chttp2's overrides both
  const RecordedCall call(GetParam(), args_);
  EXPECT_EQ(call.Setting(1), 1000);
  EXPECT_EQ(call.Setting(4), 70000);
  EXPECT_EQ(call.Setting(5), 20000);
}

TEST_P(RecordedArgumentsTest, InitialSequenceNumber) {
  args_.SetInt(GRPC_ARG_HTTP2_INITIAL_SEQUENCE_NUMBER, 1001);
  const RecordedCall call(GetParam(), args_);
  const ReceiveOnlyCall second(call.channel());
  EXPECT_TRUE(call.peer().Await(kHeadersFrame, 2, absl::Seconds(10)));
  const auto headers = call.peer().Frames({kHeadersFrame});
  EXPECT_EQ(headers.at(0).stream_id, 1001u);
  EXPECT_EQ(headers.at(1).stream_id, 1003u);
}

// Without a table, the second call's headers are spelled out again.
TEST_P(RecordedArgumentsTest, EncoderTableSize) {
  const auto sizes = [this] {
    const RecordedCall call(GetParam(), args_);
    const ReceiveOnlyCall second(call.channel());
    EXPECT_TRUE(call.peer().Await(kHeadersFrame, 2, absl::Seconds(10)));
    const auto headers = call.peer().Frames({kHeadersFrame});
    return std::make_pair(headers.at(0).payload.size(),
                          headers.at(1).payload.size());
  };
  const auto with_table = sizes();
  EXPECT_LT(with_table.second, with_table.first / 2);
  args_.SetInt(GRPC_ARG_HTTP2_HPACK_TABLE_SIZE_ENCODER, 0);
  const auto without = sizes();
  EXPECT_GT(without.second, without.first / 2);
}

// A response that needs more than a quarter of the window.
std::string LargeResponse() {
  const std::string ok_grpc(
      "\x88\x5f\x10"
      "application/grpc");
  const std::string prefix("\0\0\0\xea\x60", 5);  // 60,000 bytes follow
  const std::string part(16000, 'x');
  constexpr int kEndHeaders = 0x4;
  return RawPeer::Frame(kHeadersFrame, kEndHeaders, 1, ok_grpc) +
         RawPeer::Frame(kDataFrame, 0, 1, prefix + part) +
         RawPeer::Frame(kDataFrame, 0, 1, part) +
         RawPeer::Frame(kDataFrame, 0, 1, part);
}

TEST_P(RecordedArgumentsTest, BdpProbe) {
  RecordingPeer::Options options;
  options.answer = LargeResponse();
  {
    const RecordedCall call(GetParam(), args_, options);
    EXPECT_TRUE(call.peer().Await(kPingFrame, 1, absl::Seconds(10)));
  }
  args_.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const RecordedCall call(GetParam(), args_, options);
  EXPECT_TRUE(call.peer().Await(kWindowUpdateFrame, 1, absl::Seconds(10)));
  EXPECT_FALSE(call.peer().Await(kPingFrame, 1, absl::Milliseconds(500)));
}

// The peer takes 65,535 bytes; what it does not take waits in the client. (With
// the built-in transport, sends wait for the peer's window, too.)
TEST(LoopyArgumentsTest, WriteBufferSize) {
  constexpr int kMessage = 16384;
  const auto accepted = [](int write_buffer_size) {
    grpc::ChannelArguments args;
    args.SetInt(GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE, write_buffer_size);
    const RecordedCall call(TransportKind::kLoopy, args);
    grpc::ClientContext context;
    const auto stub = grpc::testing::TestService::NewStub(call.channel());
    const auto stream = stub->FullDuplexCall(&context);
    grpc::testing::StreamingOutputCallRequest request;
    request.mutable_payload()->set_body(std::string(kMessage, 'x'));
    std::atomic<int> count{0};
    std::thread writer([&] {
      while (stream->Write(request)) ++count;
    });
    absl::SleepFor(absl::Milliseconds(700));
    const int result = count;
    context.TryCancel();
    writer.join();
    return result;
  };
  EXPECT_LE(accepted(0), 5);
  EXPECT_GE(accepted(16 * kMessage), 17);
}

// Without calls there are no keepalive pings, unless they are permitted.
TEST_P(RecordedArgumentsTest, KeepalivePermitWithoutCalls) {
  const auto is_pinged = [](int permitted) {
    grpc::ChannelArguments args;
    const RecordingPeer peer;
    ChannelConfig config;
    config.target = peer.target();
    config.transport = GetParam();
    args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 500);
    args.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, permitted);
    const auto channel = MakeChannel(config, args);
    EXPECT_TRUE(channel.ok()) << channel.status();
    EXPECT_TRUE(AwaitConnected(*channel, absl::Seconds(5)).ok());
    return peer.Await(kPingFrame, 1, absl::Seconds(3));
  };
  EXPECT_TRUE(is_pinged(1));
  EXPECT_FALSE(is_pinged(0));
}

// The value of a socket option of the connection to that peer; -1: no socket.
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

TEST_P(RecordedArgumentsTest, KeepaliveSetsTheUserTimeout) {
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 7000);
  const RecordedCall call(GetParam(), args_);
  EXPECT_EQ(SocketOption(call.peer(), IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
}

#if GRPC_CPP_VERSION_MINOR == 51

// (chttp2 of 1.83.0 never starts that timer.)
TEST_P(RecordedArgumentsTest, KeepaliveTimeout) {
#else
TEST(LoopyArgumentsTest, KeepaliveTimeout) {
  const auto GetParam = [] { return TransportKind::kLoopy; };
  grpc::ChannelArguments args_;
#endif
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 500);
  RecordingPeer::Options options;
  options.acks_pings = false;
  RecordedCall call(GetParam(), args_, options);
  const absl::Time begin = absl::Now();
  EXPECT_EQ(call.AwaitEnd().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
}

#if GRPC_CPP_VERSION_MINOR != 51

TEST_P(RecordedArgumentsTest, PingTimeout) {
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args_.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 60000);
  args_.SetInt("grpc.http2.ping_timeout_ms", 500);
  RecordingPeer::Options options;
  options.acks_pings = false;
  RecordedCall call(GetParam(), args_, options);
  const absl::Time begin = absl::Now();
  EXPECT_EQ(call.AwaitEnd().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
}

TEST_P(RecordedArgumentsTest, SettingsTimeout) {
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

// ---- Keepalive and its pings, over both transports

class KeepaliveArgumentsTest
    : public ChannelArgumentsTest,
      public ::testing::WithParamInterface<TransportKind> {};

INSTANTIATE_TEST_SUITE_P(Transports, KeepaliveArgumentsTest,
                         ::testing::Values(TransportKind::kLoopy,
                                           TransportKind::kChttp2),
                         NameOf);

// Catches: a ping that waits for the timeout of the one before (gRFC A8).
TEST_P(KeepaliveArgumentsTest, TheNextPingIsDueATimeAfterTheAnswer) {
  RecordingPeer peer;
  ChannelConfig config;
  config.target = peer.target();
  config.transport = GetParam();
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1200);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const auto channel = loopy::MakeChannel(config, args);
  ASSERT_TRUE(channel.ok()) << channel.status();
  ReceiveOnlyCall call(*channel);
  EXPECT_TRUE(peer.Await(kPingFrame, 4, absl::Seconds(10)));
  call.Cancel();
  const auto pings = peer.Frames({kPingFrame});
  for (size_t i = 1; i < pings.size(); ++i) {
    const absl::Duration gap = pings[i].at - pings[i - 1].at;
    EXPECT_GT(gap, absl::Milliseconds(1100));
    EXPECT_LT(gap, absl::Milliseconds(3000));
  }
}

// Nothing is sent and nothing comes. A server with default settings forgives
// two pings. Catches: keepalive pings that do not obey
// grpc.http2.max_pings_without_data.
TEST_P(KeepaliveArgumentsTest, AReceiveOnlyCallIsNotClosedForTooManyPings) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1000);
  const auto channel =
      loopy::MakeChannel(server_->ClientConfig(GetParam()), args);
  ASSERT_TRUE(channel.ok()) << channel.status();
  ReceiveOnlyCall call(*channel);
  absl::SleepFor(absl::Milliseconds(6500));
  const grpc::Status status = call.Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
}

// The same without that limit: the server does count.
TEST_P(KeepaliveArgumentsTest, PingsWithoutLimitAreTooMany) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1000);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 1000);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const auto channel =
      loopy::MakeChannel(server_->ClientConfig(GetParam()), args);
  ASSERT_TRUE(channel.ok()) << channel.status();
  ReceiveOnlyCall call(*channel);
  absl::SleepFor(absl::Milliseconds(6500));
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  if (GetParam() == TransportKind::kLoopy) {
    EXPECT_THAT(status.error_message(), HasSubstr("too_many_pings"));
  }
}

}  // namespace
}  // namespace loopy
