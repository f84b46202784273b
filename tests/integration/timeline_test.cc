// A stall that is known is in the file of the timeline.

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "transport/loopy.h"

namespace loopy {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::TestService;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMethod[] = "/grpc.testing.TestService/StreamingInputCall";

// One object of the file.
struct Event {
  std::string phase;
  std::string name;
  std::string id;
  double connection = 0;
  absl::Duration time;
  google::protobuf::Struct args;

  const std::string& text(const std::string& key) const {
    static const std::string none;
    const auto found = args.fields().find(key);
    return found == args.fields().end() ? none : found->second.string_value();
  }
};

std::string ReadFile(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<Event> Parse(const std::string& json) {
  google::protobuf::ListValue list;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &list).ok());
  std::vector<Event> events;
  for (const auto& value : list.values()) {
    auto fields = value.struct_value().fields();
    Event& event = events.emplace_back();
    event.phase = fields["ph"].string_value();
    event.name = fields["name"].string_value();
    auto id = fields["id2"].struct_value().fields();
    event.id = id["local"].string_value();
    event.connection = fields["pid"].number_value();
    event.time = absl::Microseconds(fields["ts"].number_value());
    event.args = fields["args"].struct_value();
  }
  return events;
}

class TimelineTest : public ::testing::Test {
 protected:
  TimelineTest() {
    auto server = GoServer::Start(GoServer::Security::kPlain);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto channel = MakeChannel(server_->ClientConfig(TransportKind::kLoopy));
    EXPECT_TRUE(channel.ok()) << channel.status();
    channel_ = *std::move(channel);
    stub_ = TestService::NewStub(channel_);
  }

  // Uploads until the deadline.
  void Upload(absl::Duration deadline) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + deadline));
    context.AddMetadata("x-secret", "a-header-value");
    StreamingInputCallResponse response;
    const auto writer = stub_->StreamingInputCall(&context, &response);
    StreamingInputCallRequest request;
    request.mutable_payload()->set_body(
        absl::StrCat("bytes-of-a-message", std::string(1 << 20, 'x')));
    while (writer->Write(request)) {
    }
    EXPECT_EQ(writer->Finish().error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
  }

  bool Call() {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
    grpc::testing::SimpleResponse response;
    return stub_->UnaryCall(&context, grpc::testing::SimpleRequest(), &response)
        .ok();
  }

  std::unique_ptr<GoServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<TestService::Stub> stub_;
};

// Catches: a stall that is missing, too short or too long; a call without its
// cause; a file that Perfetto would not read; secrets.
TEST_F(TimelineTest, HasAKnownStall) {
  StartTimeline();
  ASSERT_TRUE(AwaitConnected(channel_, absl::Seconds(10)).ok());
  ASSERT_TRUE(server_->control().StallAtOnce(absl::ZeroDuration()).ok());
  const absl::Time began = absl::Now();
  Upload(absl::Seconds(3));
  const absl::Time resumed = absl::Now();
  ASSERT_TRUE(server_->control().Resume().ok());
  ASSERT_TRUE(Call());
  const absl::Time ended = absl::Now();
  StopTimeline();
  const std::string path = absl::StrCat(::testing::TempDir(), "/timeline.json");
  ASSERT_TRUE(WriteTimeline(path));

  const std::string text = ReadFile(path);
  EXPECT_THAT(text, HasSubstr(absl::StrCat("to ipv4:", server_->target())));
  EXPECT_THAT(text, Not(HasSubstr("a-header-value")));
  EXPECT_THAT(text, Not(HasSubstr("bytes-of-a-message")));
  const Event* stall = nullptr;
  const Event* stall_end = nullptr;
  const Event* call = nullptr;
  const Event* call_end = nullptr;
  const Event* wait = nullptr;
  int sent = 0;
  int received = 0;
  int writes = 0;
  const std::vector<Event> events = Parse(text);
  for (const Event& event : events) {
    if (event.name == "stalled by socket") {
      (event.phase == "B" ? stall : stall_end) = &event;
    } else if (event.phase == "b" && event.name == kMethod) {
      call = &event;
    } else if (event.phase == "e" && event.name == kMethod) {
      call_end = &event;
    } else if (event.phase == "b" && event.name == "waits for socket") {
      wait = &event;
    }
    if (event.name == "DATA") ++sent;
    if (event.name == "WINDOW_UPDATE") ++received;
    if (event.name == "write" && event.phase == "B") ++writes;
  }
  ASSERT_NE(stall, nullptr) << text;
  ASSERT_NE(stall_end, nullptr) << text;
  EXPECT_EQ(stall->text("by"), "socket");
  EXPECT_EQ(stall->connection, stall_end->connection);
  const absl::Duration length = stall_end->time - stall->time;
  EXPECT_GE(length, resumed - began - absl::Milliseconds(500));
  EXPECT_LE(length, ended - began);
  ASSERT_NE(call, nullptr) << text;
  ASSERT_NE(call_end, nullptr) << text;
  EXPECT_NE(call->id, "");
  EXPECT_EQ(call->id, call_end->id);
  ASSERT_NE(wait, nullptr) << text;
  EXPECT_EQ(wait->id, call->id);
  EXPECT_GE(wait->time, call->time);
  EXPECT_EQ(call->connection, stall->connection);
  EXPECT_EQ(call_end->text("status"), "DEADLINE_EXCEEDED");
  EXPECT_EQ(call_end->text("waited_for"), "socket");
  EXPECT_NEAR(absl::ToDoubleSeconds(call_end->time - call->time), 3, 0.2);
  EXPECT_GT(sent, 0);
  EXPECT_GT(received, 0);
  EXPECT_GT(writes, 0);
}

TEST_F(TimelineTest, AFileThatCannotBeWrittenChangesNothing) {
  StartTimeline();
  EXPECT_TRUE(Call());
  EXPECT_FALSE(WriteTimeline("/no/such/folder/timeline.json"));
  EXPECT_FALSE(WriteTimeline("/dev/full"));
  EXPECT_TRUE(Call());
}

}  // namespace
}  // namespace loopy
