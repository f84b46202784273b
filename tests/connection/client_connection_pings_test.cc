#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"

// PINGs of the application, of keepalive and of the BDP estimator, as a server
// sees them.

namespace loopy {
namespace {

class ClientConnectionPingsTest : public ConnectionFixture {
 protected:
  // The application asks for a PING; `events_` has what becomes of it.
  void Ask(const std::string& name) {
    connection_->Ping(
        [this, name](const absl::Status& status) { Note(name, "on", status); },
        [this, name](const absl::Status& status) {
          Note(name, "acked", status);
        });
  }
  Strings Events() { return std::exchange(events_, {}); }

 private:
  void Note(const std::string& name, const std::string& event,
            const absl::Status& status) {
    events_.push_back(
        absl::StrCat(name, " ", event,
                     status.ok() ? "" : absl::StrCat(": ", status.message())));
  }

  Strings events_;
};

// Catches: an on_written that runs when the PING is asked for; one PING for
// each request.
TEST_F(ClientConnectionPingsTest, WhatWaitsSharesTheNextPing) {
  Connect();
  TestCall call = StartCall();
  EXPECT_EQ(ReadTexts(), Strings{"HEADERS 1"});
  Ask("a");
  Ask("b");
  Ask("c");
  EXPECT_EQ(ReadTexts(), Strings{"PING 1"});
  EXPECT_EQ(Events(), Strings{"a on"});
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ReadTexts(), Strings{}) << "one in flight";
  Feed(FrameBuilder().Ping(1, /*ack=*/true));
  EXPECT_EQ(ReadTexts(), Strings{"PING 2"});
  EXPECT_EQ(Events(), (Strings{"a acked", "b on", "c on"}));
  Feed(FrameBuilder().Ping(2, /*ack=*/true).Ping(2, /*ack=*/true));
  EXPECT_EQ(Events(), (Strings{"b acked", "c acked"}));
}

TEST_F(ClientConnectionPingsTest, TheSecondPingWaitsForASecond) {
  Connect();
  TestCall call = StartCall();
  Ask("a");
  DropFrames();
  Feed(FrameBuilder().Ping(1, /*ack=*/true));
  Ask("b");
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(ReadTexts(), Strings{});
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(ReadTexts(), Strings{"PING 2"});
}

// Catches: data of ours that does not set the waiting ping free, or that is not
// waited for.
TEST_F(ClientConnectionPingsTest, AfterTwoPingsTheNextWaitsForData) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  for (uint64_t i = 1; i <= 2; ++i) {
    Ask("a");
    EXPECT_EQ(ReadTexts(), Strings{absl::StrCat("PING ", i)});
    Feed(FrameBuilder().Ping(i, /*ack=*/true));
    clock_.Advance(absl::Seconds(1));
  }
  Ask("b");
  Feed(ResponseHeaders(1));
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(ReadTexts(), Strings{});
  EXPECT_TRUE(call.Send("x"));
  EXPECT_EQ(ReadTexts(), (Strings{"DATA 1, 6 bytes", "PING 3"}));
}

TEST_F(ClientConnectionPingsTest, RequestsEndWithTheConnection) {
  Connect();
  Ask("a");
  Ask("b");
  DropFrames();
  Events();
  connection_->Close(absl::UnavailableError("closed"));
  EXPECT_EQ(Events(),
            (Strings{"b on: closed", "a acked: closed", "b acked: closed"}));
  Ask("c");
  EXPECT_EQ(Events(), (Strings{"c on: closed", "c acked: closed"}));
}

// Catches: an ACK that is believed before the PING is written.
TEST_F(ClientConnectionPingsTest, AnAckWithoutAPingIsIgnored) {
  Connect();
  MakeWriteStuck();
  Ask("a");
  Feed(FrameBuilder().Ping(1, /*ack=*/true).Ping(123456, /*ack=*/true));
  EXPECT_EQ(Events(), Strings{});
}

// Catches: no ping timeout, or one that any read ends.
TEST_F(ClientConnectionPingsTest, AnAckThatDoesNotComeEndsTheConnection) {
  ConnectionOptions options = WithoutBdp();
  options.ping_timeout = absl::Seconds(60);
  Connect(options);
  TestCall call = StartCall();
  Ask("a");
  DropFrames();
  clock_.Advance(absl::Seconds(30));
  Feed(FrameBuilder().Ping(1, /*ack=*/true));
  Ask("b");
  DropFrames();
  clock_.Advance(absl::Seconds(60) - absl::Milliseconds(1));
  Feed(ResponseHeaders(1));
  EXPECT_FALSE(call.ended());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(call.status(), absl::UnavailableError("ping timeout"));
}

// ---- Keepalive

class KeepalivePingsTest : public ClientConnectionPingsTest {
 protected:
  void ConnectWithKeepalive(size_t max_pings_without_data) {
    ConnectionOptions options = WithoutBdp();
    options.keepalive_time = absl::Seconds(1);
    options.keepalive_timeout = absl::Seconds(20);
    options.max_pings_without_data = max_pings_without_data;
    Connect(options);
  }
};

// Catches: a ping every timeout; a ping that a read does not put off.
TEST_F(KeepalivePingsTest, ThePeerIsPingedEverySecond) {
  ConnectWithKeepalive(/*max_pings_without_data=*/0);
  TestCall call = StartCall();
  DropFrames();
  for (uint64_t i = 1; i <= 60; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(ReadTexts(), Strings{absl::StrCat("PING ", i)});
    Feed(FrameBuilder().Ping(i, /*ack=*/true));
  }
  clock_.Advance(absl::Milliseconds(700));
  Feed(FrameBuilder().WindowUpdate(0, 1));
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(ReadTexts(), Strings{});
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(ReadTexts(), Strings{"PING 61"});
}

// Catches: keepalive pings that do not count; a timeout that starts although
// the ping was not sent.
TEST_F(KeepalivePingsTest, AReceiveOnlyStreamIsNotPingedToDeath) {
  ConnectWithKeepalive(/*max_pings_without_data=*/2);
  TestCall call = StartCall();
  DropFrames();
  for (uint64_t i = 1; i <= 2; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(ReadTexts(), Strings{absl::StrCat("PING ", i)});
    Feed(FrameBuilder().Ping(i, /*ack=*/true));
  }
  for (int i = 0; i < 100; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(ReadTexts(), Strings{});
  }
  EXPECT_FALSE(call.ended());
  EXPECT_TRUE(call.Send("x"));
  EXPECT_EQ(ReadTexts(), (Strings{"DATA 1, 6 bytes", "PING 3"}));
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ(call.status(),
            absl::UnavailableError("keepalive watchdog timeout"));
}

// Catches: a second PING, or no timeout, when one is in flight already.
TEST_F(KeepalivePingsTest, APingInFlightWillDo) {
  ConnectWithKeepalive(/*max_pings_without_data=*/2);
  TestCall call = StartCall();
  Ask("a");
  DropFrames();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ReadTexts(), Strings{});
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ(call.status(),
            absl::UnavailableError("keepalive watchdog timeout"));
}

// ---- The ACK of our SETTINGS

TEST_F(ClientConnectionPingsTest, SettingsThatAreNotAcknowledgedEndIt) {
  ConnectionOptions options = WithoutBdp();
  options.settings_timeout = absl::Seconds(60);
  Connect(options);
  TestCall call = StartCall();
  DropFrames();
  clock_.Advance(absl::Seconds(60) - absl::Milliseconds(1));
  EXPECT_FALSE(call.ended());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kUnavailable);
  DropFrames();
  ASSERT_TRUE(our_goaway_.has_value());
  EXPECT_EQ(our_goaway_->code, Http2ErrorCode::kSettingsTimeout);
}

TEST_F(ClientConnectionPingsTest, AcknowledgedSettingsAreForgotten) {
  ConnectionOptions options = WithoutBdp();
  options.settings_timeout = absl::Seconds(60);
  Connect(options);
  Feed(FrameBuilder().SettingsAck());
  clock_.Advance(absl::Hours(1));
  EXPECT_FALSE(owner_->disconnect().has_value());
}

// ---- BDP

// Catches: a BDP ping beside another one.
TEST_F(ClientConnectionPingsTest, BdpPingsObeyTheSameRules) {
  Connect(ConnectionOptions());
  TestCall call = StartCall();
  Ask("a");
  DropFrames();
  Feed(ResponseHeaders(1));
  Feed(FrameBuilder().Data(1, std::string(16384, '\0')));
  EXPECT_EQ(ReadTexts(), Strings{});
  Feed(FrameBuilder().Ping(1, /*ack=*/true));
  Feed(FrameBuilder().Data(1, std::string(100, '\0')));
  EXPECT_EQ(ReadTexts(), (Strings{"WINDOW_UPDATE 0 +16484", "PING 2"}));
}

// ---- The peer's PINGs

// Catches: an ACK that is written by itself, right before the next call; and a
// call that waits for a timer.
TEST_F(ClientConnectionPingsTest, AnAckGoesWithTheNextCall) {
  Connect();
  TestCall first = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1).Ping(7));
  EXPECT_EQ(ReadTexts(), Strings{});
  TestCall second = StartCall();
  EXPECT_EQ(ReadTexts(), (Strings{"HEADERS 3", "PING ACK 7"}));
}

// Catches: an ACK that waits for a call that never comes.
TEST_F(ClientConnectionPingsTest, AnAckWaitsForNoLongerThan20Milliseconds) {
  Connect();
  TestCall call = StartCall();
  DropFrames();
  Feed(ResponseHeaders(1).Ping(7));
  clock_.Advance(absl::Milliseconds(20) - absl::Microseconds(1));
  EXPECT_EQ(ReadTexts(), Strings{});
  clock_.Advance(absl::Microseconds(1));
  EXPECT_EQ(ReadTexts(), Strings{"PING ACK 7"});
}

}  // namespace
}  // namespace loopy
