// Loopy channels work beside built-in ones in one process, whenever the
// transport is registered. Where the order matters, a test resets gRPC's
// configuration, which is built once.

#include "transport/adapter/registration/registration.h"

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "tests/adapter/echo_server.h"
#include "tests/adapter/release_for_tests.h"
#include "transport/adapter/registration/core_configuration_access.h"
#include "transport/adapter/registration/supported_version.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

std::shared_ptr<grpc::Channel> NewChannel(const EchoServer& server,
                                          bool use_loopy) {
  grpc::ChannelArguments args;
  if (use_loopy) UseTransport(&args);
  return grpc::CreateCustomChannel(server.address(),
                                   grpc::InsecureChannelCredentials(), args);
}

class RegistrationTest : public ::testing::Test {
 protected:
  RegistrationTest() { ResetCoreConfiguration(); }
};

TEST_F(RegistrationTest, BeforeGrpcIsUsed) {
  EXPECT_FALSE(HasCoreConfiguration());
  RegisterTransport();
  // Others may still register theirs: nothing was built.
  EXPECT_FALSE(HasCoreConfiguration());
  EchoServer server;
  EXPECT_TRUE(CallsGoOverLoopy(NewChannel(server, true).get()));
}

// Breaks when RegisterTransport leaves a configuration that was built alone, or
// uses RegisterBuilder, which aborts then.
TEST_F(RegistrationTest, AfterGrpcWasUsed) {
  EchoServer server;
  auto old_channel = NewChannel(server, true);
  EXPECT_FALSE(CallsGoOverLoopy(old_channel.get()));
  EXPECT_FALSE(IsRegisteredWithCore());
  RegisterTransport();
  EXPECT_TRUE(IsRegisteredWithCore());
  EXPECT_TRUE(CallsGoOverLoopy(NewChannel(server, true).get()));
  // The old channel still works, on the transport that it had.
  EXPECT_TRUE(Echo(old_channel.get(), "still there").status.ok());
  EXPECT_FALSE(CallsGoOverLoopy(old_channel.get()));
}

// Breaks when the rebuilt configuration drops what others have registered.
TEST_F(RegistrationTest, KeepsTheBuildersOfOthers) {
  int built = 0;
  RegisterCoreBuilder(
      [&built](grpc_core::CoreConfiguration::Builder*) { ++built; });
  grpc_core::CoreConfiguration::Get();
  EXPECT_EQ(built, 1);
  RegisterTransport();
  EXPECT_EQ(built, 2);
  ResetCoreConfiguration();
}

TEST_F(RegistrationTest, IsIdempotentOnAnyThread) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back(RegisterTransport);
  for (std::thread& thread : threads) thread.join();
  const auto* const configuration = &grpc_core::CoreConfiguration::Get();
  RegisterTransport();
  EXPECT_EQ(&grpc_core::CoreConfiguration::Get(), configuration);
  EXPECT_TRUE(IsRegisteredWithCore());
}

TEST_F(RegistrationTest, ChannelsThatDoNotAskKeepTheBuiltInTransport) {
  RegisterTransport();
  EchoServer server;
  auto channel = NewChannel(server, false);
  EXPECT_TRUE(Echo(channel.get(), "hello").status.ok());
  EXPECT_FALSE(CallsGoOverLoopy(channel.get()));
}

TEST_F(RegistrationTest, TheEnvironmentHasTheLastWord) {
  RegisterTransport();
  EchoServer server;
  setenv("LOOPY_TRANSPORT", "0", 1);
  auto channel = NewChannel(server, true);
  EXPECT_TRUE(Echo(channel.get(), "hello").status.ok());
  EXPECT_FALSE(CallsGoOverLoopy(channel.get()));
  unsetenv("LOOPY_TRANSPORT");
  EXPECT_TRUE(CallsGoOverLoopy(NewChannel(server, true).get()));
}

TEST_F(RegistrationTest, AnotherGrpcReleaseKeepsTheBuiltInTransport) {
  EXPECT_FALSE(RegisterWithCore("1.52.0", "30.0.0"));
  EXPECT_FALSE(RegisterWithCore("1.51.0", kSupportedGrpcCoreVersion));
  EXPECT_FALSE(RegisterWithCore("1.8.83", kSupportedGrpcCoreVersion));
  EXPECT_FALSE(RegisterWithCore(kSupportedGrpcVersion, "28.0.0"));
  EXPECT_FALSE(IsRegisteredWithCore());
  EXPECT_TRUE(RegisterWithCore(grpc::Version(), grpc_version_string()));
  EXPECT_TRUE(IsRegisteredWithCore());
}

TEST_F(RegistrationTest, PatchReleasesWithTheSameStructuresAreSupported) {
  EXPECT_EQ(RegisterWithCore("1.83.2", kSupportedGrpcCoreVersion),
            kSupportsPatchReleases);
}

TEST_F(RegistrationTest, LoopyCanBeTheDefault) {
  RegisterCoreBuilder([](grpc_core::CoreConfiguration::Builder* builder) {
    AddTransport(builder, DefaultTransport::kLoopy);
  });
  EchoServer server;
  EXPECT_TRUE(CallsGoOverLoopy(NewChannel(server, false).get()));
  grpc::ChannelArguments args;
  args.SetInt(kTransportArg, 0);
  EXPECT_FALSE(CallsGoOverLoopy(
      grpc::CreateCustomChannel(server.address(),
                                grpc::InsecureChannelCredentials(), args)
          .get()));
}

}  // namespace
}  // namespace loopy
