#include "transport/stream/wait.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/time/time.h"

namespace loopy {
namespace {

// A call that began ten seconds ago: its headers and a message of 100 bytes are
// in write 7, which has ended a second ago.
class WaitTest : public ::testing::Test {
 protected:
  WaitTest() {
    facts_.now = absl::FromUnixSeconds(1000);
    facts_.stream = &stream_;
    facts_.writer = &writer_;
    facts_.slots = 100;
    facts_.queued.started_at = Ago(10);
    facts_.queued.opened = true;
    facts_.queued.headers_taken = true;
    stream_.last_write = 7;
    stream_.last_frame_at.Set(Ago(1));
    writer_.write_begun = 7;
    writer_.write_ended = 7;
    writer_.write_began_at.Set(Ago(1));
    writer_.write_bytes = 500;
  }

  absl::Time Ago(double seconds) const {
    return absl::FromUnixSeconds(1000) - absl::Seconds(seconds);
  }
  void WriteIsUnderWay(uint64_t number, double began) {
    writer_.write_begun = number;
    writer_.write_began_at.Set(Ago(began));
  }
  std::string Text() {
    return WaitText(DescribeWait(facts_), "ipv4:10.0.0.1:443");
  }

  StreamProgress stream_;
  WriterProgress writer_;
  WaitFacts facts_;
};

TEST_F(WaitTest, ForAnAnswer) {
  EXPECT_EQ(Text(),
            "waited 1.00 s of 10.00 s for an answer of ipv4:10.0.0.1:443 (all "
            "messages so far were written)");
  facts_.queued.end_taken = true;
  EXPECT_EQ(Text(),
            "waited 1.00 s of 10.00 s for an answer of ipv4:10.0.0.1:443 (the "
            "request was written whole)");
}

TEST_F(WaitTest, ForASlot) {
  facts_.queued.opened = false;
  facts_.queued.headers_taken = false;
  EXPECT_EQ(Text(),
            "waited 10.00 s of 10.00 s for a stream slot of ipv4:10.0.0.1:443 "
            "(all 100 that it allows are in use)");
}

// Catches: what was put into a write counts as written.
TEST_F(WaitTest, ForTheWriteThatHasItsLastBytes) {
  WriteIsUnderWay(8, 3);
  stream_.last_write = 8;
  EXPECT_EQ(Text(),
            "waited 3.00 s of 10.00 s for the socket to ipv4:10.0.0.1:443 (a "
            "write of 500 bytes has not ended; 0 bytes of the call are "
            "queued)");
}

// Catches: a write of other streams' frames taken for one of this stream's.
TEST_F(WaitTest, ForAnAnswerWhileOthersWrite) {
  WriteIsUnderWay(8, 0.5);
  EXPECT_EQ(DescribeWait(facts_).cause, WaitCause::kPeer);
}

TEST_F(WaitTest, ForTheWriteThatKeepsItQueued) {
  facts_.queued.bytes = 4000;
  WriteIsUnderWay(8, 0.9);
  const Wait wait = DescribeWait(facts_);
  EXPECT_EQ(wait.cause, WaitCause::kSocket);
  EXPECT_EQ(wait.duration, absl::Seconds(0.9));
  EXPECT_EQ(wait.queued_bytes, 4000u);
}

// Catches: a connection that is busy taken for one that is stuck.
TEST_F(WaitTest, ForItsTurnWhileWritesEnd) {
  facts_.queued.bytes = 4000;
  WriteIsUnderWay(99, 0.01);
  EXPECT_EQ(Text(),
            "waited 1.00 s of 10.00 s for its turn beside other calls to "
            "ipv4:10.0.0.1:443 (4000 bytes are queued)");
}

// A call whose headers wait for the writer has had no frame.
TEST_F(WaitTest, ForTheSocketFromItsStartOn) {
  facts_.queued.headers_taken = false;
  facts_.queued.started_at = Ago(2);
  stream_.last_write = 0;
  stream_.last_frame_at.Clear();
  WriteIsUnderWay(8, 30);
  const Wait wait = DescribeWait(facts_);
  EXPECT_EQ(wait.cause, WaitCause::kSocket);
  EXPECT_EQ(wait.duration, absl::Seconds(2)) << "not longer than the call";
}

TEST_F(WaitTest, ForItsStreamsWindow) {
  facts_.queued.bytes = 4000;
  stream_.window_used_up_at.Set(Ago(0.25));
  writer_.window_used_up_at.Set(Ago(0.5));
  WriteIsUnderWay(8, 5);
  EXPECT_EQ(Text(),
            "waited 0.25 s of 10.00 s for its stream's window: "
            "ipv4:10.0.0.1:443 does not take more of this call (4000 bytes are "
            "queued)");
}

TEST_F(WaitTest, ForTheConnectionsWindow) {
  facts_.queued.bytes = 4000;
  writer_.window_used_up_at.Set(Ago(0.5));
  EXPECT_EQ(Text(),
            "waited 0.50 s of 10.00 s for the connection's window: "
            "ipv4:10.0.0.1:443 does not take more of any call (4000 bytes of "
            "this one are queued)");
}

// Catches: a window that keeps others back blamed for a call that has nothing
// to send.
TEST_F(WaitTest, ForAnAnswerWhileTheWindowIsUsedUp) {
  writer_.window_used_up_at.Set(Ago(0.5));
  EXPECT_EQ(DescribeWait(facts_).cause, WaitCause::kPeer);
}

TEST_F(WaitTest, ForTheApplication) {
  facts_.unread_bytes = 300;
  EXPECT_EQ(Text(),
            "waited 1.00 s of 10.00 s for the application to read 300 bytes "
            "that came from ipv4:10.0.0.1:443");
  facts_.queued.bytes = 4000;
  stream_.window_used_up_at.Set(Ago(1));
  EXPECT_EQ(DescribeWait(facts_).cause, WaitCause::kStreamWindow)
      << "it sends, and does not read";
}

}  // namespace
}  // namespace loopy
