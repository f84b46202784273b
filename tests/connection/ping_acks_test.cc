#include "transport/connection/ping_acks.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "transport/control/control_buffer.h"

namespace loopy {
namespace {

using Acks = std::vector<uint64_t>;

class PingAcksTest : public testing::Test {
 protected:
  // Returns whether a timer is to be started.
  bool Read(int responses, const std::vector<uint64_t>& pings) {
    for (const uint64_t ping : pings) acks_.OnPing(ping);
    return acks_.OnReadHandled(responses);
  }

  // Returns the ACKs that are written without anything else.
  Acks Written() {
    ControlBatch batch;
    if (!buffer_.MaybeBecomeWriter()) return {};
    buffer_.Take(/*more=*/false, &batch);
    Acks acks = batch.ping_acks;
    EXPECT_FALSE(buffer_.Take(/*more=*/false, &batch));
    return acks;
  }
  // Returns the ACKs that go with something else.
  Acks WrittenWithACall() {
    buffer_.Put(SendPing{0});
    return Written();
  }

  ControlBuffer buffer_;
  PingAcks acks_{&buffer_};
};

// Catches: a write of its own, right before that of the next call.
TEST_F(PingAcksTest, TheAckOfAPingWithAResponseGoesWithTheNextWrite) {
  EXPECT_TRUE(Read(/*responses=*/1, {7}));
  EXPECT_EQ(Written(), Acks{});
  EXPECT_EQ(WrittenWithACall(), Acks{7});
  EXPECT_FALSE(acks_.OnTimer());
  EXPECT_EQ(Written(), Acks{});
}

// A keepalive PING, or one beside an upload. Catches: a peer that takes the
// connection for slow, or for dead.
TEST_F(PingAcksTest, APingAloneIsAcknowledgedAtOnce) {
  EXPECT_FALSE(Read(/*responses=*/0, {7}));
  EXPECT_EQ(Written(), Acks{7});
}

// Catches: ACKs that pile up while nothing is written.
TEST_F(PingAcksTest, TwoAcksDoNotWait) {
  EXPECT_TRUE(Read(/*responses=*/1, {7}));
  EXPECT_FALSE(Read(/*responses=*/1, {8}));
  EXPECT_EQ(Written(), (Acks{7, 8}));
}

TEST_F(PingAcksTest, TwoPingsOfAReadAreAcknowledgedAtOnce) {
  EXPECT_FALSE(Read(/*responses=*/1, {7, 8}));
  EXPECT_EQ(Written(), (Acks{7, 8}));
}

// Catches: an ACK that is never written; and each ACK late for a program whose
// calls are far apart.
TEST_F(PingAcksTest, AWaitForNothingEndsAndIsNotRepeatedForAWhile) {
  EXPECT_TRUE(Read(/*responses=*/1, {7}));
  EXPECT_TRUE(acks_.OnTimer());
  EXPECT_EQ(Written(), Acks{7});
  for (int i = 0; i < PingAcks::kAfterAVainWait; ++i) {
    EXPECT_FALSE(Read(/*responses=*/1, {8}));
    EXPECT_EQ(Written(), Acks{8});
  }
  EXPECT_TRUE(Read(/*responses=*/1, {9}));
  EXPECT_EQ(Written(), Acks{});
}

// A second ACK says as well that nothing is written. Catches: a connection on
// which the server alone sends, and each second ACK is late.
TEST_F(PingAcksTest, ASecondAckEndsTheWaitsAsWell) {
  EXPECT_TRUE(Read(/*responses=*/1, {7}));
  EXPECT_FALSE(Read(/*responses=*/1, {8}));
  EXPECT_EQ(Written(), (Acks{7, 8}));
  EXPECT_FALSE(acks_.OnTimer());
  EXPECT_FALSE(Read(/*responses=*/1, {9}));
  EXPECT_EQ(Written(), Acks{9});
}

// Catches: a timer for each call.
TEST_F(PingAcksTest, OneTimerRuns) {
  EXPECT_TRUE(Read(/*responses=*/1, {7}));
  EXPECT_EQ(WrittenWithACall(), Acks{7});
  EXPECT_FALSE(Read(/*responses=*/1, {8}));
  EXPECT_EQ(WrittenWithACall(), Acks{8});
  EXPECT_FALSE(acks_.OnTimer());
  EXPECT_TRUE(Read(/*responses=*/1, {9}));
}

}  // namespace
}  // namespace loopy
