#ifndef LOOPY_TESTS_INTEGRATION_RAW_PEER_FIXTURE_H_
#define LOOPY_TESTS_INTEGRATION_RAW_PEER_FIXTURE_H_

#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "interop/client/upload_group.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/raw_peer.h"

namespace loopy {

// The shortest time that gRPC gives a connection attempt.
inline constexpr int kConnectDeadlineMs = 1000;

inline constexpr absl::Duration kPatience = absl::Seconds(10);

// Returns whether the condition becomes true in time.
inline bool Eventually(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

// Makes a call that ends in time, whatever the peer does.
inline grpc::Status MakeEmptyCall(
    const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoSeconds(kPatience));
  grpc::testing::Empty response;
  return grpc::testing::TestService::NewStub(channel)->EmptyCall(&context, {},
                                                                 &response);
}

// Calls to a RawPeer over the transport that the parameter names.
class RawPeerTest : public ::testing::TestWithParam<TransportKind> {
 protected:
  std::shared_ptr<grpc::Channel> MakeChannel(const RawPeer& peer) {
    ChannelConfig config;
    config.target = peer.target();
    config.transport = GetParam();
    grpc::ChannelArguments args;
    args.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectDeadlineMs);
    auto channel = loopy::MakeChannel(config, args);
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *std::move(channel);
  }

  // The call's time is in elapsed_ms_ then.
  grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel) {
    const interop::SteadyTime begin = std::chrono::steady_clock::now();
    const grpc::Status status = MakeEmptyCall(channel);
    elapsed_ms_ =
        interop::MillisecondsBetween(begin, std::chrono::steady_clock::now());
    return status;
  }

  double elapsed_ms_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_RAW_PEER_FIXTURE_H_
