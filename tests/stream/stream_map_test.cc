#include "transport/stream/stream_map.h"

#include <memory>
#include <vector>

#include "gtest/gtest.h"

namespace loopy {
namespace {

using StreamPtr = StreamMap::StreamPtr;

StreamPtr NewStream() {
  return std::make_shared<Stream>(/*owner=*/nullptr, /*buffer=*/nullptr,
                                  /*clock=*/nullptr, ConnectionOptions());
}

class StreamMapTest : public testing::Test {
 protected:
  StreamPtr Open() {
    StreamPtr stream = NewStream();
    map_.Open(stream);
    return stream;
  }
  StreamPtr Wait() {
    StreamPtr stream = NewStream();
    map_.Wait(stream);
    return stream;
  }

  StreamMap map_;
};

TEST_F(StreamMapTest, IdsAreOddAndRise) {
  for (uint32_t id = 1; id < 200; id += 2) {
    const StreamPtr stream = Open();
    EXPECT_EQ(stream->id(), id);
    EXPECT_EQ(map_.Find(id), stream);
    if (id % 3 != 0) continue;
    EXPECT_TRUE(map_.Remove(stream.get()));
  }
}

TEST_F(StreamMapTest, RemembersWhichIdsWereAssigned) {
  EXPECT_FALSE(map_.WasOpened(1));
  const StreamPtr stream = Open();
  EXPECT_TRUE(map_.WasOpened(1));
  EXPECT_FALSE(map_.WasOpened(0));
  EXPECT_FALSE(map_.WasOpened(2)) << "the peer's ids are even";
  EXPECT_FALSE(map_.WasOpened(3));
  map_.Remove(stream.get());
  EXPECT_TRUE(map_.WasOpened(1));
  EXPECT_EQ(map_.Find(1), nullptr);
}

TEST_F(StreamMapTest, ThePeersLimitCountsOpenStreams) {
  map_.set_max_concurrent(2);
  EXPECT_TRUE(map_.CanOpen());
  const StreamPtr first = Open();
  Open();
  EXPECT_FALSE(map_.CanOpen());
  map_.set_max_concurrent(1);
  map_.Remove(first.get());
  EXPECT_FALSE(map_.CanOpen()) << "the limit may be below what is open";
  map_.set_max_concurrent(0);
  EXPECT_FALSE(map_.CanOpen());
}

TEST_F(StreamMapTest, WaitingStreamsAreOpenedInOrder) {
  map_.set_max_concurrent(0);
  const std::vector<StreamPtr> waiting = {Wait(), Wait(), Wait()};
  EXPECT_TRUE(map_.has_waiting());
  EXPECT_EQ(map_.size(), 3u);
  EXPECT_EQ(map_.open_count(), 0u);
  EXPECT_EQ(map_.OpenNextWaiting(), nullptr);
  map_.set_max_concurrent(2);
  EXPECT_EQ(map_.OpenNextWaiting(), waiting[0]);
  EXPECT_EQ(waiting[0]->id(), 1u);
  EXPECT_EQ(map_.OpenNextWaiting(), waiting[1]);
  EXPECT_EQ(waiting[1]->id(), 3u);
  EXPECT_EQ(map_.OpenNextWaiting(), nullptr);
  EXPECT_TRUE(map_.Remove(waiting[0].get()));
  EXPECT_EQ(map_.OpenNextWaiting(), waiting[2]);
  EXPECT_EQ(map_.OpenNextWaiting(), nullptr);
}

TEST_F(StreamMapTest, AWaitingStreamCanBeTakenOut) {
  const StreamPtr first = Wait();
  const StreamPtr second = Wait();
  EXPECT_TRUE(map_.Remove(first.get()));
  EXPECT_FALSE(map_.Remove(first.get()));
  EXPECT_EQ(map_.OpenNextWaiting(), second);
  EXPECT_FALSE(map_.Remove(NewStream().get())) << "never seen";
}

TEST_F(StreamMapTest, TakesTheStreamsAboveAnIdAndThoseThatWait) {
  const std::vector<StreamPtr> open = {Open(), Open(), Open()};
  const StreamPtr waiting = Wait();
  EXPECT_EQ(map_.TakeAbove(3), (std::vector<StreamPtr>{open[2], waiting}));
  EXPECT_EQ(map_.size(), 2u);
  EXPECT_FALSE(map_.Remove(waiting.get()));
  EXPECT_FALSE(map_.Remove(open[2].get()));
  EXPECT_EQ(map_.TakeAbove(0), (std::vector<StreamPtr>{open[0], open[1]}));
  EXPECT_EQ(map_.size(), 0u);
}

TEST_F(StreamMapTest, ListsTheOpenStreams) {
  const StreamPtr open = Open();
  Wait();
  EXPECT_EQ(map_.OpenStreams(), std::vector<StreamPtr>{open});
}

TEST_F(StreamMapTest, DrainsLongBeforeTheIdsAreUsedUp) {
  Open();
  EXPECT_FALSE(map_.ShouldDrain());
  EXPECT_EQ(StreamMap::kDrainStreamId, 1610612733u) << "75 % of 2^31-1";
}

}  // namespace
}  // namespace loopy
