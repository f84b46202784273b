// The network goes away without a word: every packet is dropped, in a network
// namespace of this process. The BUILD file sets the environment: keepalive
// after 1 s with a timeout of 1 s, and a write stall timeout of 2 s.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "loopy/channel_arg_names.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "tests/support/network_namespace.h"

namespace loopy {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;
using ::testing::HasSubstr;

constexpr absl::Duration kKeepaliveTime = absl::Seconds(1);
constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(1);
constexpr absl::Duration kWriteStallTimeout = absl::Seconds(2);
constexpr absl::Duration kSlack = absl::Milliseconds(700);
// The built-in transport's calls, which nobody ends before.
constexpr absl::Duration kDeadline = absl::Seconds(3);

absl::Status no_namespace;  // why there is none

class SilentNetworkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!no_namespace.ok()) {
      GTEST_SKIP() << "no network namespace of its own: " << no_namespace;
    }
  }
  void TearDown() override {
    if (no_namespace.ok()) DropPackets(false).IgnoreError();
  }

  void Connect(TransportKind transport) {
    auto server = GoServer::Start(GoServer::Security::kPlain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto channel = MakeChannel(server_->ClientConfig(transport), arguments_);
    ASSERT_TRUE(channel.ok()) << channel.status();
    channel_ = *std::move(channel);
    stub_ = TestService::NewStub(channel_);
    ASSERT_TRUE(AwaitConnected(channel_, absl::Seconds(10)).ok());
  }

  struct End {
    grpc::Status status;
    absl::Duration after;  // the network went away
  };

  static void SetDeadline(absl::Duration deadline,
                          grpc::ClientContext* context) {
    context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  }

  // Loses the network while a call waits for an answer.
  End LoseItWaiting(absl::Duration deadline) {
    grpc::ClientContext context;
    SetDeadline(deadline, &context);
    const auto stream = stub_->FullDuplexCall(&context);
    StreamingOutputCallRequest request;
    request.add_response_parameters()->set_size(1);
    StreamingOutputCallResponse response;
    EXPECT_TRUE(stream->Write(request) && stream->Read(&response));
    const absl::Time lost = Lose();
    EXPECT_FALSE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    return {status, absl::Now() - lost};
  }

  // Loses the network while a call uploads.
  End LoseItUploading(absl::Duration deadline) {
    grpc::ClientContext context;
    SetDeadline(deadline, &context);
    StreamingInputCallResponse response;
    const auto writer = stub_->StreamingInputCall(&context, &response);
    StreamingInputCallRequest request;
    request.mutable_payload()->set_body(std::string(1 << 20, 'x'));
    EXPECT_TRUE(writer->Write(request));
    const absl::Time lost = Lose();
    while (writer->Write(request)) {
    }
    const grpc::Status status = writer->Finish();
    return {status, absl::Now() - lost};
  }

  static absl::Time Lose() {
    const absl::Status dropped = DropPackets(true);
    EXPECT_TRUE(dropped.ok()) << dropped;
    return absl::Now();
  }

  grpc::Status CallThatWaits(absl::Duration deadline) {
    grpc::ClientContext context;
    SetDeadline(deadline, &context);
    context.set_wait_for_ready(true);
    grpc::testing::SimpleResponse response;
    return stub_->UnaryCall(&context, grpc::testing::SimpleRequest(),
                            &response);
  }

  // The channel connects anew while there is no network, and when it is back.
  void ExpectRecovery() {
    EXPECT_EQ(CallThatWaits(absl::Milliseconds(1500)).error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
    const absl::Status sent = DropPackets(false);
    ASSERT_TRUE(sent.ok()) << sent;
    const absl::Time begin = absl::Now();
    const grpc::Status status = CallThatWaits(absl::Seconds(10));
    EXPECT_TRUE(status.ok()) << status.error_message();
    const absl::Duration took = absl::Now() - begin;
    EXPECT_LE(took, absl::Seconds(5));
    std::printf("a call succeeds %.1f s after the network is back\n",
                absl::ToDoubleSeconds(took));
  }

  static void Print(const char* who, const End& end) {
    std::printf("%s: ended after %.1f s: code %d, %s\n", who,
                absl::ToDoubleSeconds(end.after), end.status.error_code(),
                end.status.error_message().c_str());
  }

  grpc::ChannelArguments arguments_;
  std::unique_ptr<GoServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<TestService::Stub> stub_;
};

// Catches: an environment that does not reach keepalive; a connection that is
// not given up in time; a channel that keeps it.
TEST_F(SilentNetworkTest, KeepaliveOfTheEnvironment) {
  Connect(TransportKind::kLoopy);
  const End end = LoseItWaiting(absl::Seconds(20));
  Print("loopy", end);
  EXPECT_EQ(end.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(end.status.error_message(),
              HasSubstr("keepalive watchdog timeout"));
  EXPECT_GE(end.after, kKeepaliveTimeout);
  EXPECT_LE(end.after, kKeepaliveTime + kKeepaliveTimeout + kSlack);
  ExpectRecovery();
}

// The built-in transport does not read our environment.
TEST_F(SilentNetworkTest, KeepaliveOfTheEnvironmentIsNotChttp2s) {
  Connect(TransportKind::kChttp2);
  const End end = LoseItWaiting(kDeadline);
  Print("chttp2", end);
  EXPECT_EQ(end.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_GE(end.after, kDeadline - kSlack);
}

// Catches: a stall that is found too late, or never; a connection that is kept.
TEST_F(SilentNetworkTest, WriteStallTimeoutOfTheEnvironment) {
  arguments_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 600000);
  Connect(TransportKind::kLoopy);
  const End end = LoseItUploading(absl::Seconds(20));
  Print("loopy", end);
  EXPECT_EQ(end.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(end.status.error_message(), HasSubstr("write stalled: "));
  EXPECT_GE(end.after, kWriteStallTimeout - kSlack);
  EXPECT_LE(end.after, kWriteStallTimeout * 1.25 + kSlack);
  ExpectRecovery();
}

// Without either, a call ends by its deadline alone, and so does the next one.
TEST_F(SilentNetworkTest, WithoutEitherNobodyNotices) {
  for (const TransportKind transport :
       {TransportKind::kLoopy, TransportKind::kChttp2}) {
    arguments_.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 600000);
    arguments_.SetInt(kWriteStallTimeoutArg, 0);
    Connect(transport);
    const absl::Time began = absl::Now();
    // The built-in transport may wait for more than the deadline.
    std::thread restore([] {
      absl::SleepFor(kDeadline + absl::Milliseconds(1500));
      DropPackets(false).IgnoreError();
    });
    const End end = LoseItUploading(kDeadline);
    Print(std::string(TransportName(transport)).c_str(), end);
    EXPECT_EQ(end.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
    EXPECT_GE(absl::Now() - began, kDeadline);
    restore.join();
  }
}

}  // namespace
}  // namespace loopy

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  loopy::no_namespace = loopy::EnterNetworkNamespace();
  return RUN_ALL_TESTS();
}
