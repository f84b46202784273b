#include "transport/writer/active_list.h"

#include <cstdint>
#include <deque>
#include <vector>

#include "gtest/gtest.h"

namespace loopy {
namespace {

constexpr size_t kFrame = 16 * 1024;
constexpr int64_t kQuantum = ActiveList::kQuantum;

class ActiveListTest : public testing::Test {
 protected:
  OutboundStream* NewStream() {
    streams_.emplace_back(/*buffer=*/nullptr, /*observer=*/nullptr);
    streams_.back().id = static_cast<uint32_t>(streams_.size());
    return &streams_.back();
  }

  // A stream that always has data, and has had its share.
  OutboundStream* NewOldStream() {
    OutboundStream* stream = NewStream();
    list_.Activate(stream);
    list_.EndTurn(stream, static_cast<size_t>(kQuantum), true);
    EXPECT_FALSE(stream->in_new_list);
    return stream;
  }

  // Turns of one frame; who had them.
  std::vector<uint32_t> Turns(int n, bool old_may_send = true) {
    std::vector<uint32_t> turns;
    for (int i = 0; i < n; ++i) {
      OutboundStream* stream = list_.Next(old_may_send);
      if (stream == nullptr) break;
      turns.push_back(stream->id);
      list_.EndTurn(stream, kFrame, true);
    }
    return turns;
  }

  void TearDown() override {
    for (OutboundStream& stream : streams_) list_.Remove(&stream);
    EXPECT_FALSE(list_.CanSend(true));
    EXPECT_EQ(list_.Next(true), nullptr);
  }

  std::deque<OutboundStream> streams_;
  ActiveList list_;
};

using Ids = std::vector<uint32_t>;

TEST_F(ActiveListTest, StartsEmpty) {
  EXPECT_EQ(list_.Next(true), nullptr);
  EXPECT_FALSE(list_.CanSend(true));
}

// Catches: a stream that keeps its place at the head after its turn.
TEST_F(ActiveListTest, NewStreamsTakeTurnsOfOneFrame) {
  for (int i = 0; i < 3; ++i) list_.Activate(NewStream());
  EXPECT_EQ(Turns(7), (Ids{1, 2, 3, 1, 2, 3, 1}));
}

TEST_F(ActiveListTest, OldStreamsTakeTurnsOfOneFrame) {
  for (int i = 0; i < 3; ++i) NewOldStream();
  EXPECT_EQ(Turns(7), (Ids{1, 2, 3, 1, 2, 3, 1}));
}

// Catches: a list that serves in the order of activation (grpc-go's), where a
// call waits for a turn of each bulk stream.
TEST_F(ActiveListTest, ANewStreamIsServedBeforeAnyNumberOfOldOnes) {
  for (int i = 0; i < 100; ++i) NewOldStream();
  Turns(37);
  OutboundStream* late = NewStream();
  list_.Activate(late);
  EXPECT_EQ(list_.Next(true), late);
}

TEST_F(ActiveListTest, AStreamIsNewForItsQuantumOnly) {
  const OutboundStream* old = NewOldStream();
  OutboundStream* late = NewStream();
  list_.Activate(late);
  EXPECT_EQ(Turns(7), (Ids{late->id, late->id, late->id, late->id, old->id,
                           late->id, old->id}));
}

// Catches: new streams that are always served first.
TEST_F(ActiveListTest, NewStreamsCannotStarveAnOldOne) {
  const OutboundStream* old = NewOldStream();
  int old_turns = 0;
  int since_old = 0;
  for (int i = 0; i < 1700; ++i) {
    list_.Activate(NewStream());
    OutboundStream* stream = list_.Next(true);
    ASSERT_NE(stream, nullptr);
    since_old = stream == old ? 0 : since_old + 1;
    ASSERT_LE(since_old, ActiveList::kNewTurnsPerOldTurn);
    if (stream == old) ++old_turns;
    list_.EndTurn(stream, kFrame, /*still_active=*/stream == old);
  }
  EXPECT_EQ(old_turns, 1700 / (ActiveList::kNewTurnsPerOldTurn + 1));
}

TEST_F(ActiveListTest, OldStreamsMayBeHeldBack) {
  NewOldStream();
  EXPECT_FALSE(list_.CanSend(false));
  EXPECT_EQ(list_.Next(false), nullptr);
  OutboundStream* late = NewStream();
  list_.Activate(late);
  EXPECT_TRUE(list_.CanSend(false));
  EXPECT_EQ(Turns(100, /*old_may_send=*/false),
            (Ids{late->id, late->id, late->id, late->id}));
}

TEST_F(ActiveListTest, ACallThatSendsLittleIsAlwaysNew) {
  const OutboundStream* bulk = NewOldStream();
  OutboundStream* small = NewStream();
  for (int i = 0; i < 1000; ++i) {
    list_.Activate(small);
    ASSERT_EQ(list_.Next(true), small) << "round " << i;
    list_.EndTurn(small, 1000, /*still_active=*/false);
    ASSERT_EQ(Turns(1), Ids{bulk->id});
  }
}

// Catches: a credit that is whole again at each activation, so that a bulk
// stream which is idle for a moment overtakes everybody for ever.
TEST_F(ActiveListTest, AnIdleStreamGetsBackItsFairShareOnly) {
  const OutboundStream* bulk = NewOldStream();
  OutboundStream* greedy = NewStream();
  size_t bulk_bytes = 0;
  size_t greedy_bytes = 0;
  list_.Activate(greedy);
  for (int i = 0; i < 10000; ++i) {
    OutboundStream* stream = list_.Next(true);
    if (stream == bulk) {
      bulk_bytes += kFrame;
      list_.EndTurn(stream, kFrame, true);
    } else {
      greedy_bytes += kFrame;
      list_.EndTurn(stream, kFrame, /*still_active=*/false);
    }
    if (!greedy->active_links.linked) list_.Activate(greedy);
  }
  EXPECT_LE(greedy_bytes, bulk_bytes + static_cast<size_t>(kQuantum) + kFrame);
}

TEST_F(ActiveListTest, CreditNeverExceedsTheQuantum) {
  NewOldStream();
  OutboundStream* small = NewStream();
  list_.Activate(small);
  list_.EndTurn(small, 10, /*still_active=*/false);
  Turns(1000);
  list_.Activate(small);
  EXPECT_EQ(small->credit, kQuantum);
}

TEST_F(ActiveListTest, AStreamThatLeftWithoutSendingKeepsItsCredit) {
  OutboundStream* stream = NewStream();
  list_.Activate(stream);
  list_.Remove(stream);
  list_.Activate(stream);
  EXPECT_EQ(stream->credit, kQuantum);
  EXPECT_TRUE(stream->in_new_list);
}

TEST_F(ActiveListTest, ARemovedStreamHasNoTurn) {
  OutboundStream* one = NewStream();
  OutboundStream* two = NewStream();
  list_.Activate(one);
  list_.Activate(two);
  list_.Remove(one);
  list_.Remove(one);  // harmless
  EXPECT_EQ(Turns(2), (Ids{2, 2}));
}

TEST_F(ActiveListTest, AStreamThatHasNothingMoreLeaves) {
  OutboundStream* stream = NewStream();
  list_.Activate(stream);
  list_.EndTurn(stream, 10, /*still_active=*/false);
  EXPECT_FALSE(stream->active_links.linked);
  EXPECT_EQ(list_.Next(true), nullptr);
}

}  // namespace
}  // namespace loopy
