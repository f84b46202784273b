#include "transport/stream/not_grpc_answer.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/stream/stream_fixture.h"

// A server may send an answer that is not gRPC's: a proxy's error page.

namespace loopy {
namespace {

using NotGrpcAnswerTest = StreamFixture;
using Strings = std::vector<std::string>;

TEST_F(NotGrpcAnswerTest, AnotherServersBodyGoesIntoTheText) {
  StartStream();
  stream_->OnHeaders(
      Headers({{":status", "503"}, {"content-type", "text/html"}}), false);
  ReceiveData("<html>over");
  EXPECT_FALSE(call_->ended());
  ReceiveData("load</html>", /*end_stream=*/true);
  EXPECT_EQ(call_->events(), Strings{"end"});
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(
      absl::StrContains(call_->status().message(), "<html>overload</html>"))
      << call_->status();
  EXPECT_TRUE(absl::StrContains(call_->status().message(), "503"));
}

TEST_F(NotGrpcAnswerTest, ABodyIsCutAndItsStreamReset) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "404"}, {"content-type", "x/y"}}),
                     false);
  ReceiveData(std::string(1000, 'a'));
  EXPECT_FALSE(call_->ended());
  ReceiveData(std::string(1000, 'b'));
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_TRUE(absl::StrContains(call_->status().message(), "abbbb"));
  EXPECT_LT(call_->status().message().size(), 1200u);
  EXPECT_EQ(reset(), Http2ErrorCode::kCancel);
}

TEST_F(NotGrpcAnswerTest, ABodyMayEndWithTrailers) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "429"}, {"content-type", "x/y"}}),
                     false);
  ReceiveData("slow down");
  stream_->OnHeaders(Headers({{"x", "y"}}), true);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(call_->status().message(), "slow down"));
}

// Catches: a proxy's answer without END_STREAM that holds the call up until its
// deadline, or for ever.
TEST_F(NotGrpcAnswerTest, ABodyThatNeverEndsDoesNotHoldTheCall) {
  StartStream();
  stream_->OnHeaders(
      Headers({{":status", "503"}, {"content-type", "text/html"}}), false);
  ReceiveData("<html>");
  owner_->fake_clock.Advance(NotGrpcAnswer::kMaxWait - absl::Milliseconds(1));
  EXPECT_FALSE(call_->ended());
  owner_->fake_clock.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(call_->ended());
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(call_->status().message(), "<html>"));
  EXPECT_EQ(reset(), Http2ErrorCode::kCancel);
  EXPECT_EQ(owner_->flushes, 1) << "RST_STREAM is put, and must be written";
}

// Catches: a call that ends by its deadline although an answer has arrived.
TEST_F(NotGrpcAnswerTest, AnAnswersBodyHasHalfOfTheTimeThatIsLeft) {
  ConnectionOptions options;
  StartStream(options, owner_->fake_clock.Now() + absl::Milliseconds(100));
  stream_->OnHeaders(Headers({{":status", "503"}}), false);
  owner_->fake_clock.Advance(absl::Milliseconds(50));
  ASSERT_TRUE(call_->ended());
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnavailable);
}

// Catches: a timer that outlives its stream.
TEST_F(NotGrpcAnswerTest, ABodyThatEndsLeavesNoTimer) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "503"}}), false);
  EXPECT_EQ(owner_->fake_clock.pending_timers(), 1u);
  ReceiveData("x", /*end_stream=*/true);
  EXPECT_EQ(owner_->fake_clock.pending_timers(), 0u);
}

TEST_F(NotGrpcAnswerTest, AResetAfterAnAnswerLeavesTheAnswer) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "401"}}), false);
  stream_->OnReset(Http2ErrorCode::kNoError);
  EXPECT_EQ(call_->status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(NotGrpcAnswerTest, ABodyIsNotKeptInTheWindow) {
  StartStream();
  stream_->OnHeaders(Headers({{":status", "429"}, {"content-type", "x/y"}}),
                     false);
  ReceiveData("12345", false, /*padding=*/20000);
  EXPECT_EQ(TakeIncrement(), 20005u);
}

}  // namespace
}  // namespace loopy
