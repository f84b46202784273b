// The environment's defaults. The BUILD file sets them: keepalive every 200 ms
// with a timeout of 300 ms and any number of PINGs, and a write stall timeout
// of 2 s.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "loopy/channel_arg_names.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/raw_peer_fixture.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "tests/support/raw_peer.h"

namespace loopy {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;
using ::testing::HasSubstr;

class EnvironmentTest : public ::testing::Test {
 protected:
  // Connects to a server, which reads nothing from then on.
  void ConnectAndStall() {
    auto server = GoServer::Start(GoServer::Security::kPlain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto channel =
        MakeChannel(server_->ClientConfig(TransportKind::kLoopy), arguments_);
    ASSERT_TRUE(channel.ok()) << channel.status();
    channel_ = *std::move(channel);
    stub_ = TestService::NewStub(channel_);
    ASSERT_TRUE(AwaitConnected(channel_, absl::Seconds(10)).ok());
    ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  }

  static void SetDeadline(absl::Duration deadline,
                          grpc::ClientContext* context) {
    context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  }

  // Waits for an answer, without sending more than headers.
  grpc::Status AwaitAnswer(absl::Duration deadline) {
    grpc::ClientContext context;
    SetDeadline(deadline, &context);
    const auto stream = stub_->FullDuplexCall(&context);
    StreamingOutputCallResponse response;
    EXPECT_FALSE(stream->Read(&response));
    return stream->Finish();
  }

  grpc::Status Upload(absl::Duration deadline) {
    grpc::ClientContext context;
    SetDeadline(deadline, &context);
    StreamingInputCallResponse response;
    const auto writer = stub_->StreamingInputCall(&context, &response);
    StreamingInputCallRequest request;
    request.mutable_payload()->set_body(std::string(1 << 20, 'x'));
    while (writer->Write(request)) {
    }
    return writer->Finish();
  }

  grpc::ChannelArguments arguments_;
  std::unique_ptr<GoServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<TestService::Stub> stub_;
};

// Catches: an environment that nobody reads.
TEST_F(EnvironmentTest, KeepaliveFindsThatTheServerIsGone) {
  ConnectAndStall();
  const absl::Time began = absl::Now();
  const grpc::Status status = AwaitAnswer(absl::Seconds(20));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("keepalive watchdog timeout"));
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));
}

// Catches: a call that waits for its answer and is no longer watched.
TEST_F(EnvironmentTest, PingsGoOnWhileACallWaits) {
  constexpr int kMoreThanUsual = 4;
  absl::Notification watched;
  RawPeer peer([&watched](RawPeer::Connection* connection) {
    GreetAsHttp2(connection);
    RawPeer::ReceivedFrame frame;
    int pings = 0;
    while (connection->ReadFrame(&frame)) {
      if (frame.type != kPingFrame || frame.flags != 0) continue;
      connection->Send(RawPeer::Frame(kPingFrame, kAckFlag, 0, frame.payload));
      if (++pings < kMoreThanUsual) continue;
      watched.Notify();
      return;  // ends the call
    }
  });
  ChannelConfig config;
  config.target = peer.target();
  config.transport = TransportKind::kLoopy;
  auto channel = MakeChannel(config);
  ASSERT_TRUE(channel.ok()) << channel.status();
  stub_ = TestService::NewStub(*std::move(channel));
  EXPECT_EQ(AwaitAnswer(kPatience).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(watched.HasBeenNotified());
}

// Catches: an environment that overrides what the program says.
TEST_F(EnvironmentTest, TheProgramsArgumentsGoFirst) {
  arguments_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60000);
  arguments_.SetInt(kWriteStallTimeoutArg, 0);
  ConnectAndStall();
  EXPECT_EQ(Upload(absl::Seconds(5)).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
}

// Catches: a stuck write that is never given up; a channel that does not
// connect anew.
TEST_F(EnvironmentTest, AWriteThatStallsEndsItsConnection) {
  arguments_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60000);
  ConnectAndStall();
  const absl::Time began = absl::Now();
  const grpc::Status status = Upload(absl::Seconds(20));
  const absl::Duration took = absl::Now() - began;
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(),
              HasSubstr("write stalled: ipv4:127.0.0.1"));
  EXPECT_THAT(status.error_message(), HasSubstr(" for the socket to ipv4:"));
  EXPECT_GE(took, absl::Seconds(2));
  EXPECT_LT(took, absl::Seconds(6));
  ASSERT_TRUE(server_->control().Resume().ok());
  grpc::ClientContext context;
  SetDeadline(absl::Seconds(10), &context);
  context.set_wait_for_ready(true);
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleResponse response;
  EXPECT_TRUE(stub_->UnaryCall(&context, request, &response).ok());
}

}  // namespace
}  // namespace loopy
