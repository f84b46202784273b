// The status, the log, channelz and the counters say what a call waits for. At
// the end a table shows all four for each cause. The servers are grpc-go's. The
// BUILD file sets LOOPY_STATS, which prints the counters.

#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <grpcpp/client_context.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/channelz.h"
#include "tests/support/go_server.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

// A row has all that an operator sees of a cause.
struct Row {
  std::string cause;
  std::string status;
  std::string log;
  std::string channelz;
  std::string counter;
};

class WaitTest : public ::testing::Test {
 protected:
  void SetUp() override { ::testing::internal::CaptureStderr(); }
  void TearDown() override {
    if (captures_) std::cerr << ::testing::internal::GetCapturedStderr();
  }
  static void TearDownTestSuite() {
    for (const Row& row : rows()) {
      std::cout << "\n"
                << row.cause << "\n  status    " << row.status
                << "\n  log       " << row.log << "\n  channelz  "
                << row.channelz << "\n  counter   " << row.counter << "\n";
    }
  }
  static std::vector<Row>& rows() {
    static auto* const rows = new std::vector<Row>();
    return *rows;
  }

  // Looks until a call waits for `cause` (see WaitCauseName), by the counters
  // and by channelz. `stalls`: and until the connection has sent nothing for a
  // while.
  void Look(const std::string& cause, bool stalls = false) {
    row_.cause = cause;
    const std::string figure = "calls_waiting_for_" + cause;
    const absl::Time bound = absl::Now() + absl::Seconds(5);
    while ((row_.channelz.empty() || row_.counter.empty()) &&
           absl::Now() < bound) {
      const std::string socket = LastSocketWithAllData();
      const bool stalled =
          ChannelzFigure(socket, "stalled_by_" + cause + "_for_ms")
              .value_or(0) >= 300;
      if (ChannelzFigure(socket, figure).value_or(0) > 0 &&
          (stalled || !stalls)) {
        row_.channelz =
            absl::StrCat(figure, " = ", *ChannelzFigure(socket, figure));
        for (const char* more : {"queued_bytes", "kernel_bytes", "write_bytes",
                                 "stalled_by_socket_for_ms",
                                 "stalled_by_connection_window_for_ms"}) {
          const int64_t value = ChannelzFigure(socket, more).value_or(0);
          if (value > 0)
            absl::StrAppend(&row_.channelz, "; ", more, " = ", value);
        }
      }
      for (const ConnectionStats& stats : GetConnectionStats()) {
        const auto found = stats.calls_by_cause.find(cause);
        if (stats.peer != peer() || found == stats.calls_by_cause.end()) {
          continue;
        }
        row_.counter =
            absl::StrCat("calls_by_cause[\"", cause, "\"] = ", found->second);
      }
    }
  }

  // The call has ended with `status`. All four have to name the cause that
  // Look was given; `stalls`: the connection could send nothing, and a line
  // says so.
  void ExpectAllFour(const std::string& status, bool stalls) {
    captures_ = false;
    const std::string log = ::testing::internal::GetCapturedStderr();
    std::cerr << log;
    std::smatch match;
    const std::regex line(stalls ? "loopy: [^\n]* has taken nothing for [^\n]*"
                                 : "loopy: [^\n]*waiting for [^\n]*" +
                                       row_.cause + ": [^\n]*");
    if (std::regex_search(log, match, line)) row_.log = match[0];
    const size_t text = status.find("; loopy: ");
    if (text != std::string::npos) row_.status = status.substr(text + 2);
    EXPECT_THAT(row_.status, HasSubstr(Phrase(row_.cause))) << status;
    EXPECT_NE(row_.log, "") << log;
    EXPECT_NE(row_.channelz, "") << LastSocketWithAllData();
    EXPECT_NE(row_.counter, "");
    EXPECT_THAT(log, ContainsRegex("waiting for .*" + row_.cause + ": "));
    rows().push_back(row_);
  }

  static std::string Phrase(const std::string& cause) {
    const std::map<std::string, std::string> phrases = {
        {"stream_slot", " for a stream slot of "},
        {"socket", " for the socket to "},
        {"stream_window", " for its stream's window: "},
        {"connection_window", " for the connection's window: "},
        {"turn", " for its turn beside other calls to "},
        {"application", " for the application to read "},
        {"peer", " for an answer of "}};
    return phrases.at(cause);
  }

  // A server that has read a call ends it at its deadline, too, and may be
  // earlier than the client. One that reads nothing does not.
  void StartServerThatReadsNothing() {
    StartServer({});
    ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  }
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

  // Waits for half a second for a message that never comes. Looks meanwhile, if
  // there is a cause.
  grpc::Status AwaitAnswer(const std::string& cause = "") {
    grpc::ClientContext context;
    context.set_deadline(
        absl::ToChronoTime(absl::Now() + absl::Milliseconds(500)));
    std::thread look([this, &cause] {
      if (!cause.empty()) Look(cause);
    });
    const auto stream = stub_->FullDuplexCall(&context);
    StreamingOutputCallResponse response;
    EXPECT_FALSE(stream->Read(&response));
    const grpc::Status status = stream->Finish();
    look.join();
    return status;
  }

  std::string peer() const { return absl::StrCat("ipv4:", server_->target()); }

  grpc::ChannelArguments arguments_;
  std::unique_ptr<GoServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<TestService::Stub> stub_;
  Row row_;
  bool captures_ = true;
};

constexpr char kHalfASecond[] =
    "Deadline Exceeded; loopy: waited 0.5. s of 0.5. s for ";

// Catches: no text; one in front of gRPC's.
TEST_F(WaitTest, ForAnAnswer) {
  StartServerThatReadsNothing();
  const std::string text = AwaitAnswer("peer").error_message();
  EXPECT_THAT(
      text, MatchesRegex(absl::StrCat(kHalfASecond, "an answer of ", peer(),
                                      " .all messages so far were written.")));
  ExpectAllFour(text, /*stalls=*/false);
}

TEST_F(WaitTest, NothingIsSaidIfNobodyWantsToKnow) {
  arguments_.SetInt("loopy.explain_waits", 0);
  StartServerThatReadsNothing();
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
  if (GRPC_CPP_VERSION_MINOR > 51) {
    // gRPC's subchannel keeps the call back, and the transport never sees it.
    EXPECT_EQ(AwaitAnswer().error_message(), "Deadline Exceeded");
  } else {
    const std::string text = AwaitAnswer("stream_slot").error_message();
    EXPECT_THAT(text, MatchesRegex(absl::StrCat(
                          kHalfASecond, "a stream slot of ", peer(),
                          " .all 1 that it allows are in use.")));
    ExpectAllFour(text, /*stalls=*/false);
  }
  first.TryCancel();
}

// The server's windows are larger than what the kernel holds.
TEST_F(WaitTest, ForTheSocket) {
  StartServer({});
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  const auto upload = StartUpload(absl::Milliseconds(1500));
  std::thread look([this] { Look("socket", /*stalls=*/true); });
  const grpc::Status stuck = WriteToTheEnd(upload.get(), 1 << 20);
  look.join();
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
  ExpectAllFour(stuck.error_message(), /*stalls=*/true);
}

// The kernel takes all that the windows allow: 65,535 bytes.
TEST_F(WaitTest, ForTheConnectionsWindow) {
  arguments_.SetInt(kStallLogArg, 300);
  StartServer({"--window=0"});
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  const auto first = StartUpload(absl::Seconds(30));
  ASSERT_TRUE(first->writer->Write(Payload(100000)));
  const auto second = StartUpload(absl::Milliseconds(1200));
  std::thread look([this] { Look("connection_window", /*stalls=*/true); });
  const grpc::Status status = WriteToTheEnd(second.get(), 100000);
  look.join();
  EXPECT_THAT(status.error_message(),
              MatchesRegex(absl::StrCat(
                  "Deadline Exceeded; loopy: waited 1.[12]. s of 1.2. s for "
                  "the connection's window: ",
                  peer(),
                  " does not take more of any call .[0-9]+ bytes of "
                  "this one are queued.")));
  ExpectAllFour(status.error_message(), /*stalls=*/true);
  first->context.TryCancel();
  first->writer->Finish();
  EXPECT_TRUE(server_->control().Resume().ok());
}

TEST_F(WaitTest, ForItsStreamsWindow) {
  StartServer({"--window=0"});
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  const auto upload = StartUpload(absl::Milliseconds(700));
  std::thread look([this] { Look("stream_window"); });
  const grpc::Status status = WriteToTheEnd(upload.get(), 100000);
  look.join();
  ExpectAllFour(status.error_message(), /*stalls=*/false);
  EXPECT_TRUE(server_->control().Resume().ok());
}

// The server reads, but not as much as the calls would send.
TEST_F(WaitTest, ForItsTurn) {
  StartServer({});
  ASSERT_TRUE(server_->control().SetPace(20 << 20).ok());
  constexpr int kUploads = 32;
  std::vector<std::string> texts(kUploads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kUploads; ++i) {
    threads.emplace_back([this, &texts, i] {
      // At different moments: at one of them, a write may be slow.
      const auto upload = StartUpload(absl::Milliseconds(1000 + 40 * i));
      texts[i] = WriteToTheEnd(upload.get(), 1 << 20).error_message();
    });
  }
  Look("turn");
  for (std::thread& thread : threads) thread.join();
  const auto found =
      std::find_if(texts.begin(), texts.end(), [](const std::string& text) {
        return absl::StrContains(text, Phrase("turn"));
      });
  ASSERT_NE(found, texts.end()) << absl::StrJoin(texts, "\n");
  ExpectAllFour(*found, /*stalls=*/false);
}

// Catches: a status that blames the peer for what the application left unread.
TEST_F(WaitTest, ForTheApplication) {
  StartServer({});
  // Without a deadline: the server, which has sent all, would reset the call.
  grpc::ClientContext context;
  const auto stream = stub_->FullDuplexCall(&context);
  StreamingOutputCallRequest request;
  for (int i = 0; i < 3; ++i) request.add_response_parameters()->set_size(1000);
  ASSERT_TRUE(stream->Write(request));
  StreamingOutputCallResponse response;
  ASSERT_TRUE(stream->Read(&response));
  Look("application");
  absl::SleepFor(absl::Milliseconds(700));
  context.TryCancel();
  const std::string text = stream->Finish().error_message();
  EXPECT_THAT(text, MatchesRegex(absl::StrCat(
                        ".*; loopy: waited 0.[78]. s of 0.[78]. s for the "
                        "application to read [12]0[0-9]+ bytes that came from ",
                        peer())));
  ExpectAllFour(text, /*stalls=*/false);
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
