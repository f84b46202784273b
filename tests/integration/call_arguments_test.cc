// Channel arguments that limit messages and calls.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/recorded_call.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "tests/support/raw_peer.h"
#include "tests/support/recording_peer.h"

namespace loopy {
namespace {

using ::testing::HasSubstr;

class CallArgumentsTest : public ::testing::TestWithParam<TransportKind> {
 protected:
  // Makes a unary call to the grpc-go server, whose response has
  // `response_size` bytes of payload.
  grpc::Status Call(int response_size) {
    if (server_ == nullptr) {
      auto server = GoServer::Start(GoServer::Security::kPlain);
      EXPECT_TRUE(server.ok()) << server.status();
      server_ = *std::move(server);
    }
    const auto channel =
        loopy::MakeChannel(server_->ClientConfig(GetParam()), args_);
    EXPECT_TRUE(channel.ok()) << channel.status();
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(10));
    grpc::testing::SimpleRequest request;
    request.set_response_size(response_size);
    grpc::testing::SimpleResponse response;
    return grpc::testing::TestService::NewStub(*channel)->UnaryCall(
        &context, request, &response);
  }

  grpc::ChannelArguments args_;

 private:
  std::unique_ptr<GoServer> server_;
};

LOOPY_OVER_BOTH_RECORDED_TRANSPORTS(CallArgumentsTest);

// Catches: a WINDOW_UPDATE before the SETTINGS. A server whose first frame is
// not SETTINGS closes the connection.
TEST_P(CallArgumentsTest, ALargeLookaheadWorks) {
  args_.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1000000);
  for (int i = 0; i < 3; ++i) {
    const grpc::Status status = Call(3000000);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

// Catches: a limit that is not the argument's, or that is there although the
// argument is -1.
TEST_P(CallArgumentsTest, MaxReceiveMessageLength) {
  constexpr int kMoreThanTheDefault = 5000000;
  EXPECT_EQ(Call(kMoreThanTheDefault).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  args_.SetMaxReceiveMessageSize(-1);
  EXPECT_TRUE(Call(kMoreThanTheDefault).ok());
  args_ = grpc::ChannelArguments();  // a second value would be ignored
  args_.SetMaxReceiveMessageSize(1000);
  EXPECT_TRUE(Call(900).ok());
  const grpc::Status status = Call(2000);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(),
              HasSubstr("Received message larger than max"));
}

// The peer announces 60,000 bytes and sends none of them. Catches: a limit that
// is checked only when the message has arrived. (With the built-in transport
// the call waits for the message.)
TEST(LoopyCallArgumentsTest, TheLengthOfAMessageIsEnough) {
  RecordingPeer::Options options;
  options.answer =
      RawPeer::Frame(kHeadersFrame, kEndHeadersFlag, 1, kOkGrpcHeaders) +
      RawPeer::Frame(kDataFrame, 0, 1, std::string("\0\0\0\xea\x60", 5));
  grpc::ChannelArguments args;
  args.SetMaxReceiveMessageSize(1000);
  RecordedCall call(TransportKind::kLoopy, args, options);
  const absl::Time begin = absl::Now();
  const grpc::Status status = call.AwaitEnd();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(),
              HasSubstr("Received message larger than max (60000 vs. 1000)"));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
}

// Returns how many messages of 16 KiB a call takes from its application. The
// peer takes 65,535 bytes; what it does not take waits in the client.
int MessagesTaken(int write_buffer_size,
                  const grpc::testing::StreamingOutputCallRequest& request) {
  grpc::ChannelArguments args;
  args.SetInt(GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE, write_buffer_size);
  const RecordedCall call(TransportKind::kLoopy, args);
  grpc::ClientContext context;
  const auto stub = grpc::testing::TestService::NewStub(call.channel());
  const auto stream = stub->FullDuplexCall(&context);
  std::atomic<int> count{0};
  std::thread writer([&] {
    while (stream->Write(request)) ++count;
  });
  absl::SleepFor(absl::Milliseconds(700));
  const int taken = count;
  context.TryCancel();
  writer.join();
  return taken;
}

// Catches: a quota that is not the argument's. (With the built-in transport,
// sends wait for the peer's window, too.)
TEST(LoopyCallArgumentsTest, WriteBufferSize) {
  constexpr int kMessage = 16384;
  grpc::testing::StreamingOutputCallRequest request;
  request.mutable_payload()->set_body(std::string(kMessage, 'x'));
  EXPECT_LE(MessagesTaken(0, request), 5);
  EXPECT_GE(MessagesTaken(16 * kMessage, request), 17);
}

#if GRPC_CPP_VERSION_MINOR != 51

// The peer allows one stream. Retries are off, because gRPC would repeat the
// call for as long as the stream is there. gRPC's subchannels read the
// argument, and set it for each connection. Catches: a transport that does not
// report the peer's limit to them, so that it rejects the call itself, which
// other channels keep. (AStreamAboveTheLimitMayBeRejected tests how.) gRPC 1.51
// has no such argument.
TEST_P(CallArgumentsTest, MaxConcurrentStreamsRejectOnClient) {
  constexpr int kMaxConcurrentStreams = 3;  // RFC 9113 section 6.5.2
  RecordingPeer::Options options;
  options.settings = EncodeSetting(kMaxConcurrentStreams, 1);
  {
    RecordedCall first(GetParam(), args_, options);
    // It starts when it has a stream, and is cancelled then.
    std::thread second([&first] { ReceiveOnlyCall(first.channel()).Cancel(); });
    EXPECT_FALSE(first.peer().Await(kHeadersFrame, 2, absl::Milliseconds(300)));
    first.Cancel();
    EXPECT_TRUE(first.peer().Await(kHeadersFrame, 2, absl::Seconds(10)));
    second.join();
  }
  args_.SetInt("grpc.http.max_concurrent_streams_reject_on_client", 1);
  args_.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  const RecordedCall first(GetParam(), args_, options);
  ReceiveOnlyCall second(first.channel());
  EXPECT_EQ(second.Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(first.peer().Frames({kHeadersFrame}).size(), 1u);
}

#endif

}  // namespace
}  // namespace loopy
