// The life of a channel: idle and awake, servers that end their connections or
// restart, more calls than a connection takes.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"

namespace loopy {
namespace {

class ChannelLifeTest : public ProgramTest {
 protected:
  // Waits for the state; false: it did not come within 10 s.
  static bool Await(const std::shared_ptr<grpc::Channel>& channel,
                    grpc_connectivity_state wanted) {
    const auto bound = InSeconds(10);
    for (;;) {
      const grpc_connectivity_state state = channel->GetState(false);
      if (state == wanted) return true;
      if (!channel->WaitForStateChange(state, bound)) return false;
    }
  }
};

TEST_P(ChannelLifeTest, StatesOfAChannel) {
  const TestServer server;
  const auto channel = NewChannel(server.target());
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_IDLE);
  EXPECT_EQ(channel->GetState(true), GRPC_CHANNEL_IDLE);
  EXPECT_TRUE(Await(channel, GRPC_CHANNEL_READY));
  grpc::CompletionQueue queue;
  channel->NotifyOnStateChange(GRPC_CHANNEL_READY, InSeconds(0.1), &queue,
                               this);
  void* tag = nullptr;
  bool changed = true;
  ASSERT_TRUE(queue.Next(&tag, &changed));
  EXPECT_FALSE(changed) << "nothing ends the connection";
  queue.Shutdown();
}

TEST_P(ChannelLifeTest, AnIdleChannelLetsItsConnectionGo) {
  const TestServer server;
  args_.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, 1000);
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  EXPECT_EQ(channel->GetState(false), GRPC_CHANNEL_READY);
  EXPECT_TRUE(Await(channel, GRPC_CHANNEL_IDLE));
  ExpectWorks(channel);
}

// Catches: a call that fails because of a GOAWAY that did not concern it.
TEST_P(ChannelLifeTest, ConnectionsThatAreAgedOutLoseNoCall) {
  TestServer::Options options;
  options.arguments[GRPC_ARG_MAX_CONNECTION_AGE_MS] = 200;
  options.arguments[GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS] = 10000;
  const TestServer server(options);
  const auto channel = NewChannel(server.target());
  const absl::Time end = absl::Now() + absl::Seconds(2);
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&channel, &failed, end] {
      while (absl::Now() < end) {
        const grpc::Status status = Call(channel);
        if (status.ok()) continue;
        ++failed;
        ADD_FAILURE() << status.error_message();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
}

TEST_P(ChannelLifeTest, AServerEndsConnectionsThatDoNothing) {
  TestServer::Options options;
  options.arguments[GRPC_ARG_MAX_CONNECTION_IDLE_MS] = 300;
  const TestServer server(options);
  const auto channel = NewChannel(server.target());
  for (int i = 0; i < 2; ++i) {
    ExpectWorks(channel);
    EXPECT_TRUE(Await(channel, GRPC_CHANNEL_IDLE));
  }
}

TEST_P(ChannelLifeTest, AServerThatRestartsIsFoundAgain) {
  auto server = std::make_unique<TestServer>();
  TestServer::Options options;
  options.address = server->target();
  args_.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  args_.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 100);
  args_.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  const auto channel = NewChannel(server->target());
  for (int i = 0; i < 3; ++i) {
    ExpectWorks(channel);
    server.reset();
    server = std::make_unique<TestServer>(options);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    const grpc::Status status = Call(channel, "hello", &context);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

TEST_P(ChannelLifeTest, MoreCallsThanAConnectionTakesWaitForTheirTurn) {
  TestServer::Options options;
  options.arguments[GRPC_ARG_MAX_CONCURRENT_STREAMS] = 3;
  // A server of 1.83 counts a stream until its memory is freed. It refuses
  // (REFUSED_STREAM) calls of a client that keeps the limit, unless told to
  // count as RFC 9113 section 5.1.2 does. gRPC's own tests tell it so.
  options.arguments["grpc.http.overload_protection"] = 0;
  const TestServer server(options);
  const auto channel = NewChannel(server.target());
  std::vector<std::future<int>> callers;
  for (int i = 0; i < 8; ++i) {
    callers.push_back(std::async(std::launch::async, [&channel] {
      int ok = 0;
      for (int j = 0; j < 20; ++j) {
        const grpc::Status status = Call(channel, std::string(1000 * j, 'x'));
        if (status.ok()) {
          ++ok;
        } else {
          ADD_FAILURE() << status.error_code() << ": "
                        << status.error_message();
        }
      }
      return ok;
    }));
  }
  for (auto& caller : callers) EXPECT_EQ(caller.get(), 20);
}

TEST_P(ChannelLifeTest, ADroppedChannelsCallsGoOn) {
  const TestServer server;
  auto channel = NewChannel(server.target());
  auto stub = grpc::testing::TestService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(InSeconds(10));
  const auto stream = stub->FullDuplexCall(&context);
  channel.reset();
  stub.reset();
  grpc::testing::StreamingOutputCallRequest request;
  request.mutable_payload()->set_body("message");
  grpc::testing::StreamingOutputCallResponse response;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.payload().body(), "message");
  }
  ASSERT_TRUE(stream->WritesDone());
  EXPECT_TRUE(stream->Finish().ok());
}

LOOPY_OVER_BOTH_TRANSPORTS(ChannelLifeTest);

}  // namespace
}  // namespace loopy
