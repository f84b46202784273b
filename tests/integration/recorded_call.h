#ifndef LOOPY_TESTS_INTEGRATION_RECORDED_CALL_H_
#define LOOPY_TESTS_INTEGRATION_RECORDED_CALL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/channel_arguments.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/recording_peer.h"

namespace loopy {

// A call on which nothing is sent, with a thread that waits for messages of the
// server: gRPC 1.51 reads from sockets only while somebody waits. The call
// waits until the channel is ready, and has a deadline of 30 s.
//
// Lifetime: the destructor cancels the call, unless it has been finished.
class ReceiveOnlyCall {
 public:
  explicit ReceiveOnlyCall(const std::shared_ptr<grpc::Channel>& channel);
  ~ReceiveOnlyCall();

  ReceiveOnlyCall(const ReceiveOnlyCall&) = delete;
  ReceiveOnlyCall& operator=(const ReceiveOnlyCall&) = delete;

  // Half-closes the call, and waits for its end.
  grpc::Status Finish();
  grpc::Status Cancel();

 private:
  const std::unique_ptr<grpc::testing::TestService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<grpc::testing::StreamingOutputCallRequest,
                               grpc::testing::StreamingOutputCallResponse>>
      stream_;
  std::thread reader_;
};

// A channel with a connection of its own to `peer`.
std::shared_ptr<grpc::Channel> MakeChannelTo(
    const RecordingPeer& peer, TransportKind transport,
    const grpc::ChannelArguments& args);

// A peer that records the frames of a connection, and a call on that
// connection. The constructor returns when the peer has the call's HEADERS.
class RecordedCall {
 public:
  RecordedCall(TransportKind transport, const grpc::ChannelArguments& args,
               RecordingPeer::Options options = {});

  const RecordingPeer& peer() const { return peer_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Returns a value of the client's first SETTINGS; -1 if it is not there.
  int64_t Setting(int id) const;
  // Waits for the end of the call, which the peer or a timer brings about.
  grpc::Status AwaitEnd();
  void Cancel();

 private:
  RecordingPeer peer_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ReceiveOnlyCall> call_;
};

// The name of a test's parameter.
std::string NameOf(const ::testing::TestParamInfo<TransportKind>& info);

// Runs each test of `suite` over both transports. The built-in one shows that
// the test itself is right.
#define LOOPY_OVER_BOTH_RECORDED_TRANSPORTS(suite)                             \
  INSTANTIATE_TEST_SUITE_P(Transports, suite,                                  \
                           ::testing::Values(::loopy::TransportKind::kLoopy,   \
                                             ::loopy::TransportKind::kChttp2), \
                           ::loopy::NameOf)

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_RECORDED_CALL_H_
