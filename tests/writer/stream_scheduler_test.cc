#include "transport/writer/stream_scheduler.h"

#include <cstdint>
#include <deque>
#include <vector>

#include "gtest/gtest.h"

namespace loopy {
namespace {

constexpr size_t kFrame = 16 * 1024;
constexpr int64_t kQuantum = StreamScheduler::kQuantum;

class StreamSchedulerTest : public testing::Test {
 protected:
  OutboundStream* NewStream() {
    streams_.emplace_back(/*buffer=*/nullptr, /*observer=*/nullptr);
    streams_.back().id = static_cast<uint32_t>(streams_.size());
    return &streams_.back();
  }

  // A stream that always has data, and has had its share.
  OutboundStream* NewOldStream() {
    OutboundStream* stream = NewStream();
    scheduler_.Activate(stream);
    scheduler_.EndTurn(stream, static_cast<size_t>(kQuantum), true);
    EXPECT_FALSE(StreamScheduler::IsNew(stream));
    return stream;
  }

  // Turns of one frame; who had them.
  std::vector<uint32_t> Turns(int n, bool old_may_send = true) {
    std::vector<uint32_t> turns;
    for (int i = 0; i < n; ++i) {
      OutboundStream* stream = scheduler_.Next(old_may_send);
      if (stream == nullptr) break;
      turns.push_back(stream->id);
      scheduler_.EndTurn(stream, kFrame, true);
    }
    return turns;
  }

  void TearDown() override {
    for (OutboundStream& stream : streams_) scheduler_.Remove(&stream);
    EXPECT_FALSE(scheduler_.CanSend(true));
    EXPECT_EQ(scheduler_.Next(true), nullptr);
  }

  std::deque<OutboundStream> streams_;
  StreamScheduler scheduler_;
};

using Ids = std::vector<uint32_t>;

TEST_F(StreamSchedulerTest, StartsEmpty) {
  EXPECT_EQ(scheduler_.Next(true), nullptr);
  EXPECT_FALSE(scheduler_.CanSend(true));
}

// Catches: a stream that keeps its place at the head after its turn.
TEST_F(StreamSchedulerTest, NewStreamsTakeTurnsOfOneFrame) {
  for (int i = 0; i < 3; ++i) scheduler_.Activate(NewStream());
  EXPECT_EQ(Turns(7), (Ids{1, 2, 3, 1, 2, 3, 1}));
}

TEST_F(StreamSchedulerTest, OldStreamsTakeTurnsOfOneFrame) {
  for (int i = 0; i < 3; ++i) NewOldStream();
  EXPECT_EQ(Turns(7), (Ids{1, 2, 3, 1, 2, 3, 1}));
}

// Catches: a list that serves in the order of activation (grpc-go's), where a
// call waits for a turn of each bulk stream.
TEST_F(StreamSchedulerTest, ANewStreamIsServedBeforeAnyNumberOfOldOnes) {
  for (int i = 0; i < 100; ++i) NewOldStream();
  Turns(37);
  OutboundStream* late = NewStream();
  scheduler_.Activate(late);
  EXPECT_EQ(scheduler_.Next(true), late);
}

TEST_F(StreamSchedulerTest, AStreamIsNewForItsQuantumOnly) {
  const OutboundStream* old = NewOldStream();
  OutboundStream* late = NewStream();
  scheduler_.Activate(late);
  EXPECT_EQ(Turns(7), (Ids{late->id, late->id, late->id, late->id, old->id,
                           late->id, old->id}));
}

// Catches: new streams that are always served first.
TEST_F(StreamSchedulerTest, NewStreamsCannotStarveAnOldOne) {
  const OutboundStream* old = NewOldStream();
  int old_turns = 0;
  int since_old = 0;
  for (int i = 0; i < 1700; ++i) {
    scheduler_.Activate(NewStream());
    OutboundStream* stream = scheduler_.Next(true);
    ASSERT_NE(stream, nullptr);
    since_old = stream == old ? 0 : since_old + 1;
    ASSERT_LE(since_old, StreamScheduler::kNewTurnsPerOldTurn);
    if (stream == old) ++old_turns;
    scheduler_.EndTurn(stream, kFrame, /*still_active=*/stream == old);
  }
  EXPECT_EQ(old_turns, 1700 / (StreamScheduler::kNewTurnsPerOldTurn + 1));
}

TEST_F(StreamSchedulerTest, OldStreamsMayBeHeldBack) {
  NewOldStream();
  EXPECT_FALSE(scheduler_.CanSend(false));
  EXPECT_EQ(scheduler_.Next(false), nullptr);
  OutboundStream* late = NewStream();
  scheduler_.Activate(late);
  EXPECT_TRUE(scheduler_.CanSend(false));
  EXPECT_EQ(Turns(100, /*old_may_send=*/false),
            (Ids{late->id, late->id, late->id, late->id}));
}

TEST_F(StreamSchedulerTest, ACallThatSendsLittleIsAlwaysNew) {
  const OutboundStream* bulk = NewOldStream();
  OutboundStream* small = NewStream();
  for (int i = 0; i < 1000; ++i) {
    scheduler_.Activate(small);
    ASSERT_EQ(scheduler_.Next(true), small) << "round " << i;
    scheduler_.EndTurn(small, 1000, /*still_active=*/false);
    ASSERT_EQ(Turns(1), Ids{bulk->id});
  }
}

// Catches: a credit that is whole again at each activation, so that a bulk
// stream which is idle for a moment overtakes everybody for ever.
TEST_F(StreamSchedulerTest, AnIdleStreamGetsBackItsFairShareOnly) {
  const OutboundStream* bulk = NewOldStream();
  OutboundStream* greedy = NewStream();
  size_t bulk_bytes = 0;
  size_t greedy_bytes = 0;
  scheduler_.Activate(greedy);
  for (int i = 0; i < 10000; ++i) {
    OutboundStream* stream = scheduler_.Next(true);
    if (stream == bulk) {
      bulk_bytes += kFrame;
      scheduler_.EndTurn(stream, kFrame, true);
    } else {
      greedy_bytes += kFrame;
      scheduler_.EndTurn(stream, kFrame, /*still_active=*/false);
    }
    if (!StreamScheduler::IsActive(greedy)) scheduler_.Activate(greedy);
  }
  EXPECT_LE(greedy_bytes, bulk_bytes + static_cast<size_t>(kQuantum) + kFrame);
}

TEST_F(StreamSchedulerTest, CreditNeverExceedsTheQuantum) {
  NewOldStream();
  OutboundStream* small = NewStream();
  scheduler_.Activate(small);
  scheduler_.EndTurn(small, 10, /*still_active=*/false);
  Turns(1000);
  scheduler_.Activate(small);
  EXPECT_EQ(StreamScheduler::Credit(small), kQuantum);
}

TEST_F(StreamSchedulerTest, AStreamThatLeftWithoutSendingKeepsItsCredit) {
  OutboundStream* stream = NewStream();
  scheduler_.Activate(stream);
  scheduler_.Remove(stream);
  scheduler_.Activate(stream);
  EXPECT_EQ(StreamScheduler::Credit(stream), kQuantum);
  EXPECT_TRUE(StreamScheduler::IsNew(stream));
}

TEST_F(StreamSchedulerTest, ARemovedStreamHasNoTurn) {
  OutboundStream* one = NewStream();
  OutboundStream* two = NewStream();
  scheduler_.Activate(one);
  scheduler_.Activate(two);
  scheduler_.Remove(one);
  scheduler_.Remove(one);  // harmless
  EXPECT_EQ(Turns(2), (Ids{2, 2}));
}

TEST_F(StreamSchedulerTest, AStreamThatHasNothingMoreLeaves) {
  OutboundStream* stream = NewStream();
  scheduler_.Activate(stream);
  scheduler_.EndTurn(stream, 10, /*still_active=*/false);
  EXPECT_FALSE(StreamScheduler::IsActive(stream));
  EXPECT_EQ(scheduler_.Next(true), nullptr);
}

}  // namespace
}  // namespace loopy
