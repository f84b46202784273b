// What a call waited for stands in its status. The servers are grpc-go's; one
// cause needs a peer that no server is.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"

namespace loopy {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class WaitTest : public ::testing::Test {
 protected:
  void StartServer(const std::vector<std::string>& flags) {
    auto server = GoServer::Start(GoServer::Security::kPlain, flags);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto channel =
        MakeChannel(server_->ClientConfig(TransportKind::kLoopy), arguments_);
    ASSERT_TRUE(channel.ok()) << channel.status();
    channel_ = *std::move(channel);
    stub_ = TestService::NewStub(channel_);
    ASSERT_TRUE(AwaitConnected(channel_, absl::Seconds(10)).ok());
  }

  // An upload that writes until it is cancelled.
  struct Upload {
    grpc::ClientContext context;
    StreamingInputCallResponse response;
    std::unique_ptr<grpc::ClientWriter<StreamingInputCallRequest>> writer;
  };
  std::unique_ptr<Upload> StartUpload(absl::Duration deadline) {
    auto upload = std::make_unique<Upload>();
    upload->context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
    upload->writer =
        stub_->StreamingInputCall(&upload->context, &upload->response);
    return upload;
  }
  static StreamingInputCallRequest Payload(size_t bytes) {
    StreamingInputCallRequest request;
    request.mutable_payload()->set_body(std::string(bytes, 'x'));
    return request;
  }
  // Writes until the call has ended.
  static grpc::Status WriteToTheEnd(Upload* upload, size_t bytes) {
    const StreamingInputCallRequest request = Payload(bytes);
    while (upload->writer->Write(request)) {
    }
    return upload->writer->Finish();
  }

  // Waits for half a second for a message that never comes. A server that reads
  // knows the deadline, too, and its status may be the first.
  grpc::Status AwaitAnswer() {
    grpc::ClientContext context;
    context.set_deadline(
        absl::ToChronoTime(absl::Now() + absl::Milliseconds(500)));
    const auto stream = stub_->FullDuplexCall(&context);
    StreamingOutputCallResponse response;
    EXPECT_FALSE(stream->Read(&response));
    return stream->Finish();
  }

  std::string peer() const { return absl::StrCat("ipv4:", server_->target()); }

  grpc::ChannelArguments arguments_;
  std::unique_ptr<GoServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<TestService::Stub> stub_;
};

constexpr char kHalfASecond[] =
    "Deadline Exceeded; loopy: waited 0.5. s of 0.5. s for ";

// Catches: no text; one in front of gRPC's.
TEST_F(WaitTest, ForAnAnswer) {
  StartServer({});
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  EXPECT_THAT(AwaitAnswer().error_message(),
              MatchesRegex(absl::StrCat(kHalfASecond, "an answer of ", peer(),
                                        " .all messages so far were "
                                        "written.")));
}

TEST_F(WaitTest, NothingIsSaidIfNobodyWantsToKnow) {
  arguments_.SetInt("loopy.explain_waits", 0);
  StartServer({});
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  EXPECT_EQ(AwaitAnswer().error_message(), "Deadline Exceeded");
}

TEST_F(WaitTest, ACancelSaysItToo) {
  StartServer({});
  grpc::ClientContext context;
  const auto stream = stub_->FullDuplexCall(&context);
  ASSERT_TRUE(stream->Write(StreamingOutputCallRequest()));
  absl::SleepFor(absl::Milliseconds(100));
  context.TryCancel();
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_THAT(status.error_message(), HasSubstr("; loopy: waited 0."));
  EXPECT_THAT(status.error_message(), HasSubstr(" for an answer of "));
}

TEST_F(WaitTest, TheServersOwnStatusIsLeftAlone) {
  StartServer({});
  grpc::ClientContext context;
  grpc::testing::SimpleRequest request;
  grpc::testing::SimpleResponse response;
  request.mutable_response_status()->set_code(4);
  request.mutable_response_status()->set_message("mine");
  EXPECT_EQ(stub_->UnaryCall(&context, request, &response).error_message(),
            "mine");
}

TEST_F(WaitTest, ForASlot) {
  StartServer({"--max_streams=1"});
  grpc::ClientContext first;
  const auto stream = stub_->FullDuplexCall(&first);
  ASSERT_TRUE(stream->Write(StreamingOutputCallRequest()));
  const std::string text = AwaitAnswer().error_message();
  if (GRPC_CPP_VERSION_MINOR > 51) {
    // gRPC's subchannel keeps the call back, and the transport never sees it.
    EXPECT_EQ(text, "Deadline Exceeded");
  } else {
    EXPECT_THAT(text, MatchesRegex(absl::StrCat(
                          kHalfASecond, "a stream slot of ", peer(),
                          " .all 1 that it allows are in use.")));
  }
  first.TryCancel();
}

// The server's windows are larger than what the kernel holds.
TEST_F(WaitTest, ForTheSocket) {
  StartServer({});
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  const auto upload = StartUpload(absl::Milliseconds(1500));
  const grpc::Status stuck = WriteToTheEnd(upload.get(), 1 << 20);
  EXPECT_THAT(stuck.error_message(),
              MatchesRegex(absl::StrCat(
                  "Deadline Exceeded; loopy: waited 1.[0-9]+ s of 1.5. s for "
                  "the socket to ",
                  peer(),
                  " .a write of [0-9]+ bytes has not ended; [0-9]+ bytes of "
                  "the call are queued.")));
  // A call that comes now waits for the same write.
  EXPECT_THAT(AwaitAnswer().error_message(),
              StartsWith(absl::StrCat("Deadline Exceeded; loopy: waited 0.5")));
  EXPECT_TRUE(server_->control().Resume().ok());
}

// The kernel takes all that the windows allow: 65,535 bytes.
TEST_F(WaitTest, ForAWindow) {
  StartServer({"--window=0"});
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  const auto first = StartUpload(absl::Seconds(30));
  ASSERT_TRUE(first->writer->Write(Payload(100000)));
  const auto second = StartUpload(absl::Milliseconds(700));
  const grpc::Status status = WriteToTheEnd(second.get(), 100000);
  EXPECT_THAT(status.error_message(),
              MatchesRegex(absl::StrCat(
                  "Deadline Exceeded; loopy: waited 0.[67]. s of 0.7. s for "
                  "the connection's window: ",
                  peer(),
                  " does not take more of any call .[0-9]+ bytes of "
                  "this one are queued.")));
  first->context.TryCancel();
  EXPECT_THAT(first->writer->Finish().error_message(),
              HasSubstr(" for its stream's window: "));
  EXPECT_TRUE(server_->control().Resume().ok());
}

// Catches: a status that blames the peer for what the application left unread.
TEST_F(WaitTest, ForTheApplication) {
  StartServer({});
  grpc::ClientContext context;
  const auto stream = stub_->FullDuplexCall(&context);
  StreamingOutputCallRequest request;
  for (int i = 0; i < 3; ++i) request.add_response_parameters()->set_size(1000);
  ASSERT_TRUE(stream->Write(request));
  StreamingOutputCallResponse response;
  ASSERT_TRUE(stream->Read(&response));
  absl::SleepFor(absl::Milliseconds(700));
  context.TryCancel();
  EXPECT_THAT(stream->Finish().error_message(),
              MatchesRegex(absl::StrCat(
                  ".*; loopy: waited 0.[67]. s of 0.7. s for the application "
                  "to read [12]0[0-9]+ bytes that came from ",
                  peer())));
}

// The connection ends, and the call with it.
TEST_F(WaitTest, TheEndOfTheConnection) {
  StartServer({});
  grpc::ClientContext context;
  const auto stream = stub_->FullDuplexCall(&context);
  ASSERT_TRUE(stream->Write(StreamingOutputCallRequest()));
  absl::SleepFor(absl::Milliseconds(100));
  server_.reset();
  StreamingOutputCallResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("; loopy: waited "));
}

}  // namespace
}  // namespace loopy
