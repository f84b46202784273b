// Callers that write often leave their small writes to the thread that polls
// the endpoint.

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/writer/loopy_writer_fixture.h"

namespace loopy {
namespace {

using Strings = std::vector<std::string>;

class WriteBurstsTest : public LoopyWriterFixture {
 protected:
  // A caller has written since the last read, and no time passes.
  void SetUp() override {
    endpoint_->SetGivesTurns(true);
    for (int i = 0; i < 2; ++i) {
      Open();
      DropFrames();
    }
  }
  // A caller opens a stream, and becomes the writer if nobody is.
  void OpenAndRun() {
    Open();
    writer_.MaybeRun();
  }
  Strings TakeTexts() { return Describe(TakeFrames()); }
};

// Catches: a write for each call of a thread that starts many, and a turn that
// waits for another one.
TEST_F(WriteBurstsTest, CallsOfABurstShareTheTurnsWrite) {
  for (int i = 0; i < 3; ++i) OpenAndRun();
  EXPECT_FALSE(endpoint_->write_pending());
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(TakeTexts(), (Strings{"HEADERS 5", "HEADERS 7", "HEADERS 9"}));
  // Those that come while it is under way go with the next one.
  OpenAndRun();
  endpoint_->CompleteWrite();
  EXPECT_EQ(TakeTexts(), (Strings{"HEADERS 11"}));
  EXPECT_FALSE(endpoint_->turn_pending());
}

// Catches: a call that waits for the poller although nobody joins it. A lone
// call's write comes after the read of the call before.
TEST_F(WriteBurstsTest, AWriteAfterAReadBeginsAtOnce) {
  for (int i = 0; i < 3; ++i) {
    writer_.MaybeRunAfterRead(/*responses=*/1);
    OpenAndRun();
    EXPECT_TRUE(endpoint_->CompleteWrite());
  }
  EXPECT_FALSE(endpoint_->turn_pending());
  TakeFrames();
}

// Catches: a write for each call of a thread that begins a call for each one
// that has ended, when several have, although the calls take their time.
TEST_F(WriteBurstsTest, CallsAfterAReadOfSeveralShareTheTurnsWrite) {
  clock_.Advance(SmallWritePolicy::kBurst);
  writer_.MaybeRunAfterRead(/*responses=*/2);
  OpenAndRun();
  OpenAndRun();
  EXPECT_FALSE(endpoint_->write_pending());
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(TakeTexts(), (Strings{"HEADERS 5", "HEADERS 7"}));
  // The read counts once.
  endpoint_->CompleteWrite();
  clock_.Advance(SmallWritePolicy::kBurst);
  OpenAndRun();
  EXPECT_EQ(TakeTexts(), (Strings{"HEADERS 9"}));
}

// Catches: calls that are seldom, have long answers and wait for the poller.
TEST_F(WriteBurstsTest, AWriteAfterAPauseBeginsAtOnce) {
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(SmallWritePolicy::kBurst);
    OpenAndRun();
    EXPECT_TRUE(endpoint_->CompleteWrite());
  }
  EXPECT_FALSE(endpoint_->turn_pending());
  TakeFrames();
}

// Catches: frames of a thread without calls, which has nothing to gain.
TEST_F(WriteBurstsTest, OnlyThreadsWithCallsPutAWriteOff) {
  Open();
  writer_.MaybeRun(/*has_calls=*/false);
  EXPECT_EQ(TakeTexts(), (Strings{"HEADERS 5"}));
}

// Catches: a message that is copied to another core's cache for no gain.
TEST_F(WriteBurstsTest, ALargeWriteBeginsAtOnce) {
  PutData(Open(), std::string(SmallWritePolicy::kMinBatchSize, 'x'));
  writer_.MaybeRun();
  EXPECT_TRUE(endpoint_->write_pending());
  DropFrames();
}

// Catches: a writer that waits for a turn that nobody gives.
TEST_F(WriteBurstsTest, NothingIsPutOffIfNobodyGivesTurns) {
  endpoint_->SetGivesTurns(false);
  OpenAndRun();
  EXPECT_EQ(TakeTexts(), (Strings{"HEADERS 5"}));
}

// Catches: bytes that are written after the connection is closed, and a writer
// that is finished before its turn has come.
TEST_F(WriteBurstsTest, TheConnectionMayCloseBeforeTheTurn) {
  OpenAndRun();
  buffer_.Put(CloseConnection{});
  writer_.MaybeRun();
  EXPECT_EQ(finished_, 0);
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(finished_, 1);
  EXPECT_FALSE(endpoint_->write_pending());
}

// Catches: a frame after GOAWAY.
TEST_F(WriteBurstsTest, GoAwayMayComeBeforeTheTurn) {
  OpenAndRun();
  buffer_.Put(SendGoAway{Http2ErrorCode::kNoError, "why"});
  OpenAndRun();
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(TakeTexts(), (Strings{"HEADERS 5", "GOAWAY 0 NO_ERROR: why"}));
  endpoint_->CompleteWrite();
  EXPECT_EQ(goaways_written_, 1);
}

}  // namespace
}  // namespace loopy
