// Channel arguments whose effect a server sees, against the grpc-go server.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "interop/client/channel_factory.h"
#include "interop/client/transport_choice.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/go_server.h"
#include "tests/integration/recording_peer.h"

namespace loopy {
namespace {

using interop::TransportKind;
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
    auto channel = interop::MakeChannel(
        server_->ClientConfig(TransportKind::kLoopy), args);
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

// ---- Keepalive and its pings, over both transports

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

class KeepaliveArgumentsTest
    : public ChannelArgumentsTest,
      public ::testing::WithParamInterface<TransportKind> {};

INSTANTIATE_TEST_SUITE_P(
    Transports, KeepaliveArgumentsTest,
    ::testing::Values(TransportKind::kLoopy, TransportKind::kChttp2),
    [](const ::testing::TestParamInfo<TransportKind>& info) {
      return std::string(interop::TransportName(info.param));
    });

// Catches: a ping that waits for the timeout of the one before (gRFC A8).
TEST_P(KeepaliveArgumentsTest, TheNextPingIsDueATimeAfterTheAnswer) {
  RecordingPeer peer;
  interop::ChannelConfig config;
  config.target = peer.target();
  config.transport = GetParam();
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 1200);
  args.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
  args.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  const auto channel = interop::MakeChannel(config, args);
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
      interop::MakeChannel(server_->ClientConfig(GetParam()), args);
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
      interop::MakeChannel(server_->ClientConfig(GetParam()), args);
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
