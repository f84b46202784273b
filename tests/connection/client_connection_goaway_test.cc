#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"

// GOAWAYs of the peer.

namespace loopy {
namespace {

using ClientConnectionGoAwayTest = ConnectionFixture;
using Processed = StreamEnd::Processed;

FrameBuilder GoAway(uint32_t last_stream_id,
                    Http2ErrorCode code = Http2ErrorCode::kNoError,
                    absl::string_view debug_data = "") {
  return FrameBuilder().GoAway(last_stream_id, code, debug_data);
}

TEST_F(ClientConnectionGoAwayTest, TheFirstOneDrains) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(GoAway(0x7fffffff));
  EXPECT_TRUE(owner_->disconnect().has_value());
  EXPECT_EQ(owner_->disconnect_info().reason, DisconnectInfo::Reason::kGoAway);
  EXPECT_EQ(owner_->disconnect_info().goaway_code, Http2ErrorCode::kNoError);
  EXPECT_FALSE(owner_->disconnect_info().too_many_pings);
  EXPECT_FALSE(call.ended());
  TestCall late = StartCall();
  EXPECT_EQ(late.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(late.call->end().processed, Processed::kNotSentOnWire);
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, Framed("still served")));
  EXPECT_TRUE(call.Send("still sent", true));
  EXPECT_EQ(ReadTexts(), Strings{"DATA 1, 15 bytes, END_STREAM"});
  Feed(Trailers(1));
  EXPECT_TRUE(call.status().ok());
  DropFrames();
  EXPECT_TRUE(our_goaway_.has_value()) << "that was the last stream";
}

TEST_F(ClientConnectionGoAwayTest, StreamsAboveTheLastIdWereNotSeen) {
  Connect();
  TestCall one = StartCall();
  TestCall three = StartCall();
  TestCall five = StartCall();
  DropFrames();
  Feed(GoAway(0x7fffffff));
  Feed(GoAway(3, Http2ErrorCode::kNoError, "bye"));
  EXPECT_FALSE(one.ended());
  EXPECT_FALSE(three.ended());
  EXPECT_EQ(five.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(five.status().message(), "bye"));
  EXPECT_EQ(five.call->end().processed, Processed::kNotSeenByServer);
  EXPECT_EQ(connection_->active_streams(), 2u);
  EXPECT_EQ(ReadTexts(), Strings{}) << "the peer does not know stream 5";
}

TEST_F(ClientConnectionGoAwayTest, ARequestThatIsNotWrittenWasNotSent) {
  Connect();
  TestCall written = StartCall();
  MakeWriteStuck();
  TestCall unwritten = StartCall();
  Feed(GoAway(0));
  EXPECT_EQ(written.call->end().processed, Processed::kNotSeenByServer);
  EXPECT_EQ(unwritten.call->end().processed, Processed::kNotSentOnWire);
}

TEST_F(ClientConnectionGoAwayTest, ReleasesWhatWaitsForTheStreamLimit) {
  Connect();
  PeerSettings({{3, 1}});
  TestCall open = StartCall();
  TestCall waiting = StartCall();
  Feed(GoAway(0x7fffffff));
  EXPECT_FALSE(open.ended());
  EXPECT_EQ(waiting.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(waiting.call->end().processed, Processed::kNotSentOnWire);
}

TEST_F(ClientConnectionGoAwayTest, AnIdleConnectionClosesAtOnce) {
  Connect();
  Feed(GoAway(0x7fffffff));
  DropFrames();
  EXPECT_TRUE(owner_->released());
  ASSERT_TRUE(our_goaway_.has_value());
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kNoError);
}

// Catches: a connection that waits for its streams after such a GOAWAY.
TEST_F(ClientConnectionGoAwayTest, ARisingIdClosesTheConnectionAtOnce) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(GoAway(1));
  EXPECT_FALSE(call.ended());
  Feed(GoAway(3));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
  DropFrames();
  ASSERT_TRUE(our_goaway_.has_value());
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kProtocolError);
  EXPECT_TRUE(owner_->released());
}

TEST_F(ClientConnectionGoAwayTest, AnEvenIdClosesTheConnectionAtOnce) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(GoAway(2));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(call.status().message(), "even stream id: 2"))
      << call.status();
  DropFrames();
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kProtocolError);
}

TEST_F(ClientConnectionGoAwayTest, TellsOfTooManyPings) {
  Connect();
  Feed(GoAway(0, Http2ErrorCode::kEnhanceYourCalm, "too_many_pings"));
  EXPECT_TRUE(owner_->disconnect_info().too_many_pings);
}

TEST_F(ClientConnectionGoAwayTest, OtherCalmsAreNotTooManyPings) {
  Connect();
  Feed(GoAway(0, Http2ErrorCode::kEnhanceYourCalm, "too many pongs"));
  EXPECT_FALSE(owner_->disconnect_info().too_many_pings);
}

TEST_F(ClientConnectionGoAwayTest, IsIgnoredWhenWeCloseAnyway) {
  Connect();
  MakeWriteStuck();
  connection_->Close(absl::UnavailableError("closed"));
  Feed(GoAway(0x7fffffff));
  Feed(GoAway(1));
  EXPECT_EQ(owner_->disconnect(), absl::UnavailableError("closed"));
}

TEST_F(ClientConnectionGoAwayTest, ComesToAConnectionThatDrains) {
  Connect();
  TestCall call = StartCall();
  connection_->Drain(absl::UnavailableError("enough"));
  Feed(GoAway(0));
  EXPECT_EQ(call.call->end().processed, Processed::kNotSeenByServer);
  EXPECT_EQ(owner_->disconnect(), absl::UnavailableError("enough"));
}

}  // namespace
}  // namespace loopy
