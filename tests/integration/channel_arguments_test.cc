// Channel arguments whose effect a server sees, against the grpc-go server.

#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "interop/client/channel_factory.h"
#include "interop/client/transport_choice.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/go_server.h"

namespace loopy {
namespace {

using interop::TransportKind;

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

}  // namespace
}  // namespace loopy
