// These tests check which connections the IoLoop polls, and what runs on its
// threads.

#include "transport/io_loop/io_loop.h"

#include <grpc/event_engine/event_engine.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "loopy/channel_arg_names.h"
#include "tests/adapter/echo_server.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

constexpr absl::Duration kBound = absl::Seconds(10);

class IoLoopChannelTest : public ::testing::Test {
 protected:
  IoLoopChannelTest() {
    RegisterTransport();
    UseTransport(&args_);
    args_.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  }

  std::shared_ptr<grpc::Channel> NewChannel() {
    return grpc::CreateCustomChannel(server_.address(),
                                     grpc::InsecureChannelCredentials(), args_);
  }

  // Returns how many sockets the IoLoop polls for a channel with `args_` that
  // has made a call.
  size_t PolledSockets() {
    EXPECT_TRUE(WaitForLoad(0)) << "other tests' connections linger";
    const auto channel = NewChannel();
    EXPECT_TRUE(Echo(channel.get(), "hello").status.ok());
    return IoLoop::Default()->load();
  }

  static bool WaitForLoad(size_t load) {
    const absl::Time end = absl::Now() + kBound;
    while (IoLoop::Default()->load() != load) {
      if (absl::Now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  // These tests also run in a process whose environment switches the loop off.
  static size_t OneUnlessSwitchedOff() {
    const char* const value = std::getenv("LOOPY_IO_LOOP");
    return value != nullptr && absl::string_view(value) == "0" ? 0 : 1;
  }

  const EchoServer server_;
  grpc::ChannelArguments args_;
};

TEST_F(IoLoopChannelTest, AChannelWithTheDefaultEventEngineUsesIt) {
  EXPECT_EQ(PolledSockets(), OneUnlessSwitchedOff());
}

// Catches: a socket that stays open when its channel is gone.
TEST_F(IoLoopChannelTest, TheSocketGoesWithTheChannel) {
  EXPECT_EQ(PolledSockets(), OneUnlessSwitchedOff());
  EXPECT_TRUE(WaitForLoad(0));
}

TEST_F(IoLoopChannelTest, TheArgumentSwitchesItOff) {
  args_.SetInt(kIoLoopArg, 0);
  EXPECT_EQ(PolledSockets(), 0u);
}

// Sends with MSG_ZEROCOPY are the EventEngine's endpoint's.
TEST_F(IoLoopChannelTest, AChannelWithZeroCopySendsDoesNotUseIt) {
  args_.SetInt(GRPC_ARG_TCP_TX_ZEROCOPY_ENABLED, 1);
  EXPECT_EQ(PolledSockets(), 0u);
}

// Catches: a callback of the program on the poller's thread, where it would
// hold up every connection.
TEST_F(IoLoopChannelTest, ACallbackThatBlocksHoldsUpNoOtherCall) {
  const auto channel = NewChannel();
  ASSERT_TRUE(Echo(channel.get(), "hello").status.ok());
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kBound));
  const grpc::Slice slice("hello");
  grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  absl::Notification called;
  absl::Notification go_on;
  absl::Notification returned;
  stub.UnaryCall(&context, "/test/Echo", grpc::StubOptions(), &request,
                 &response, [&](const grpc::Status& status) {
                   EXPECT_TRUE(status.ok()) << status.error_message();
                   called.Notify();
                   go_on.WaitForNotificationWithTimeout(kBound);
                   returned.Notify();
                 });
  ASSERT_TRUE(called.WaitForNotificationWithTimeout(kBound));
  EXPECT_TRUE(Echo(channel.get(), "hello").status.ok());
  EXPECT_FALSE(returned.HasBeenNotified());
  go_on.Notify();
  EXPECT_TRUE(returned.WaitForNotificationWithTimeout(kBound));
}

}  // namespace
}  // namespace loopy
