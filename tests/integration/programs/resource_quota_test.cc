// A channel with a small resource quota sheds load.

#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"

namespace loopy {
namespace {

class ResourceQuotaTest : public ProgramTest {
 protected:
  using Stream =
      grpc::ClientReaderWriter<grpc::testing::StreamingOutputCallRequest,
                               grpc::testing::StreamingOutputCallResponse>;

  ResourceQuotaTest() { args_.SetResourceQuota(quota_); }

  // Waits, within 10 s, until the channel has no connection.
  static bool AwaitNoConnection(const std::shared_ptr<grpc::Channel>& channel) {
    const auto bound = InSeconds(10);
    for (;;) {
      const grpc_connectivity_state state = channel->GetState(false);
      if (state != GRPC_CHANNEL_READY) return true;
      if (!channel->WaitForStateChange(state, bound)) return false;
    }
  }

  grpc::ResourceQuota quota_;
};

// Catches: a connection that does nothing and is kept although memory is short.
TEST_P(ResourceQuotaTest, AnIdleConnectionIsGivenUp) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  ASSERT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  quota_.Resize(1);
  EXPECT_TRUE(AwaitNoConnection(channel));
}

// Catches: calls that are all kept, whatever the quota.
TEST_P(ResourceQuotaTest, CallsAreAbandonedWhenMemoryIsShort) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  const auto stub = grpc::testing::TestService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(InSeconds(10));
  const auto stream = stub->FullDuplexCall(&context);
  grpc::testing::StreamingOutputCallRequest request;
  request.mutable_payload()->set_body("message");
  ASSERT_TRUE(stream->Write(request));
  grpc::testing::StreamingOutputCallResponse response;
  ASSERT_TRUE(stream->Read(&response));
  quota_.Resize(1);
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
      << status.error_message();
  // The built-in transport of 1.83 puts it into parentheses.
  EXPECT_TRUE(absl::StrContains(status.error_message(), "Buffers full"))
      << status.error_message();
}

// Catches: what was taken from the quota and is never given back.
TEST_P(ResourceQuotaTest, AChannelWorksAgainWhenThereIsMemory) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  quota_.Resize(1);
  EXPECT_TRUE(AwaitNoConnection(channel));
  quota_.Resize(100 << 20);
  // The built-in transport may be about to lose its next connection, too.
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  EXPECT_TRUE(Call(channel, "hello", &context).ok());
  ExpectWorks(channel);
}

LOOPY_OVER_BOTH_TRANSPORTS(ResourceQuotaTest);

}  // namespace
}  // namespace loopy
