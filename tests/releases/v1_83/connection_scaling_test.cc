// A subchannel that may have more than one connection opens another when the
// first has as many streams as the server's SETTINGS allow.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/adapter/echo_server.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

// Catches: a subchannel that does not learn how many streams the server allows.
// It gives the first connection a third call, which waits there until one of
// the others ends.
TEST(ConnectionScalingTest, AFullConnectionGetsCompany) {
  // gRPC ignores the service config without this.
  setenv("GRPC_EXPERIMENTAL_MAX_CONCURRENT_STREAMS_CONNECTION_SCALING", "true",
         1);
  const EchoServer server(grpc::InsecureServerCredentials(),
                          {{GRPC_ARG_MAX_CONCURRENT_STREAMS, 2}});
  RegisterTransport();
  grpc::ChannelArguments args;
  UseTransport(&args);
  args.SetServiceConfigJSON(
      R"({"connectionScaling": {"maxConnectionsPerSubchannel": 2}})");
  const auto channel = grpc::CreateCustomChannel(
      server.address(), grpc::InsecureChannelCredentials(), args);
  HeldCall first(channel);
  HeldCall second(channel);
  ASSERT_TRUE(first.AwaitStarted());
  ASSERT_TRUE(second.AwaitStarted());
  EXPECT_TRUE(CallsGoOverLoopy(channel.get()));
  EXPECT_TRUE(first.Finish().ok());
  EXPECT_TRUE(second.Finish().ok());
}

}  // namespace
}  // namespace loopy
