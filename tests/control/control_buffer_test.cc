#include "transport/control/control_buffer.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "transport/control/outbound_stream.h"

namespace loopy {
namespace {

// A TestStream is the sending half of an open stream.
class TestStream final : public OutboundObserver {
 public:
  TestStream(ControlBuffer* buffer, uint32_t id)
      : outbound_(std::make_shared<OutboundStream>(buffer, this)) {
    outbound_->id = id;
    outbound_->Open();
  }
  std::shared_ptr<OutboundStream> ShareOutbound() override { return outbound_; }
  void OnMessageAccepted() override {}
  OutboundStream* operator->() const { return outbound_.get(); }
  OutboundStream* get() const { return outbound_.get(); }
  // Returns the number of references besides this object's.
  long links() const { return outbound_.use_count() - 1; }

 private:
  const std::shared_ptr<OutboundStream> outbound_;
};

std::unique_ptr<ControlBatch> TakeAll(ControlBuffer* buffer) {
  auto batch = std::make_unique<ControlBatch>();
  EXPECT_TRUE(buffer->MaybeBecomeWriter());
  EXPECT_TRUE(buffer->Take(/*more=*/false, batch.get()));
  ControlBatch nothing;
  EXPECT_FALSE(buffer->Take(/*more=*/false, &nothing));
  EXPECT_FALSE(nothing.NeedsWriter());
  EXPECT_EQ(nothing.connection_to_peer, 0u);
  return batch;
}

TEST(ControlBufferTest, WithoutWorkThereIsNoWriter) {
  ControlBuffer buffer;
  EXPECT_FALSE(buffer.MaybeBecomeWriter());
}

TEST(ControlBufferTest, ThereIsOneWriterAtATime) {
  ControlBuffer buffer;
  buffer.Put(SendPing{1});
  EXPECT_TRUE(buffer.MaybeBecomeWriter());
  EXPECT_FALSE(buffer.MaybeBecomeWriter());
  ControlBatch batch;
  EXPECT_TRUE(buffer.Take(/*more=*/false, &batch));
  buffer.Put(SendPing{2});
  EXPECT_FALSE(buffer.MaybeBecomeWriter()) << "there is a writer";
  EXPECT_TRUE(buffer.Take(/*more=*/false, &batch));
  EXPECT_FALSE(buffer.Take(/*more=*/false, &batch));
  buffer.Put(SendPing{3});
  EXPECT_TRUE(buffer.MaybeBecomeWriter());
}

TEST(ControlBufferTest, AWriterWithMoreToDoRemainsTheWriter) {
  ControlBuffer buffer;
  buffer.Put(SendPing{1});
  ASSERT_TRUE(buffer.MaybeBecomeWriter());
  ControlBatch batch;
  EXPECT_TRUE(buffer.Take(/*more=*/true, &batch));
  EXPECT_TRUE(buffer.Take(/*more=*/true, &batch));
  EXPECT_FALSE(batch.NeedsWriter()) << "the last batch is gone";
  EXPECT_EQ(batch.connection_to_peer, 0u);
  buffer.Put(SendPing{2});
  EXPECT_FALSE(buffer.MaybeBecomeWriter());
}

TEST(ControlBufferTest, ItemsKeepTheirOrder) {
  ControlBuffer buffer;
  buffer.Put(SendPing{1});
  buffer.Put(SendSettings{});
  buffer.Put(SendGoAway{});
  const auto batch = TakeAll(&buffer);
  ASSERT_EQ(batch->items.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<SendPing>(batch->items[0]));
  EXPECT_TRUE(std::holds_alternative<SendSettings>(batch->items[1]));
  EXPECT_TRUE(std::holds_alternative<SendGoAway>(batch->items[2]));
}

// HEADERS are written in this order, and their ids have to rise.
TEST(ControlBufferTest, StreamsKeepTheirOrder) {
  ControlBuffer buffer;
  const TestStream one(&buffer, 1);
  const TestStream three(&buffer, 3);
  one->PutWindowUpdate(1);
  const auto batch = TakeAll(&buffer);
  EXPECT_EQ(batch->TakeStream().get(), one.get());
  EXPECT_EQ(batch->TakeStream().get(), three.get());
  EXPECT_EQ(batch->TakeStream(), nullptr);
}

// Catches: an update that is queued although the stream has one, so that memory
// grows with the peer's frames.
TEST(ControlBufferTest, WindowUpdatesOfAStreamAreOne) {
  ControlBuffer buffer;
  const TestStream stream(&buffer, 1);
  for (int i = 0; i < 10000; ++i) {
    stream->PutWindowUpdate(3);
    stream->OnWindowUpdate(0x7fffffff);
  }
  const auto batch = TakeAll(&buffer);
  const OutboundStream::Work work = batch->TakeStream()->TakeWork();
  EXPECT_EQ(batch->TakeStream(), nullptr);
  EXPECT_EQ(work.to_peer, 30000u);
  EXPECT_EQ(work.from_peer, 10000u * uint64_t{0x7fffffff});
}

TEST(ControlBufferTest, AStreamThatWasTakenIsLinkedAgain) {
  ControlBuffer buffer;
  const TestStream stream(&buffer, 1);
  TakeAll(&buffer)->TakeStream()->TakeWork();
  stream->PutWindowUpdate(7);
  const auto batch = TakeAll(&buffer);
  const std::shared_ptr<OutboundStream> again = batch->TakeStream();
  ASSERT_EQ(again.get(), stream.get());
  EXPECT_EQ(again->TakeWork().to_peer, 7u);
}

// (contract, 8) Catches: links that stay until the writer takes them, which it
// does not do during a stuck write.
TEST(ControlBufferTest, AStreamThatEndsUnwrittenUnlinksItself) {
  ControlBuffer buffer;
  const TestStream first(&buffer, 1);
  const TestStream middle(&buffer, 3);
  const TestStream last(&buffer, 5);
  EXPECT_EQ(middle.links(), 1);
  EXPECT_FALSE(middle->Close(Http2ErrorCode::kCancel, false));
  EXPECT_EQ(middle.links(), 0);
  const auto batch = TakeAll(&buffer);
  EXPECT_EQ(batch->TakeStream().get(), first.get());
  EXPECT_EQ(batch->TakeStream().get(), last.get());
  EXPECT_EQ(batch->TakeStream(), nullptr);
}

// Catches: a stream that changes the links of a batch that the writer has.
TEST(ControlBufferTest, AStreamThatTheWriterHasStaysWithTheWriter) {
  ControlBuffer buffer;
  const TestStream stream(&buffer, 1);
  const auto batch = TakeAll(&buffer);
  EXPECT_FALSE(stream->Close(Http2ErrorCode::kCancel, false));
  const OutboundStream::Work work = batch->TakeStream()->TakeWork();
  EXPECT_TRUE(work.closed);
  EXPECT_FALSE(work.open);
  EXPECT_EQ(work.reset, absl::nullopt) << "the peer does not know it";
}

TEST(ControlBufferTest, WindowUpdatesOfTheConnectionAreOne) {
  ControlBuffer buffer;
  for (int i = 0; i < 10000; ++i) {
    buffer.PutConnectionUpdate(100, /*enough=*/0);
    buffer.PutConnectionUpdateFromPeer(0x7fffffff);
  }
  const auto batch = TakeAll(&buffer);
  EXPECT_EQ(batch->connection_to_peer, 1000000u);
  EXPECT_EQ(batch->connection_from_peer, 10000u * uint64_t{0x7fffffff});
}

TEST(ControlBufferTest, SettingsAreMergedAndEachIsAcknowledged) {
  ControlBuffer buffer;
  Settings settings;
  for (const uint32_t table : {4096u, 100u, 8192u}) {
    settings.header_table_size = table;
    settings.initial_window_size = table * 2;
    buffer.PutPeerSettings(settings);
  }
  const auto batch = TakeAll(&buffer);
  ASSERT_TRUE(batch->peer_settings.has_value());
  EXPECT_EQ(batch->peer_settings->acks, 3u);
  EXPECT_EQ(batch->peer_settings->smallest_header_table, 100u);
  EXPECT_EQ(batch->peer_settings->settings.header_table_size, 8192u);
  EXPECT_EQ(batch->peer_settings->settings.initial_window_size, 16384u);
}

// Catches: a count without one of the two kinds, or one that is not reset.
TEST(ControlBufferTest, CountsTheAcksThatWait) {
  ControlBuffer buffer;
  EXPECT_EQ(buffer.waiting_acks(), 0u);
  buffer.PutPingAck(7);
  buffer.PutPingAck(8);
  buffer.PutPeerSettings(Settings());
  buffer.PutPeerSettings(Settings());
  buffer.PutPeerSettings(Settings());
  EXPECT_EQ(buffer.waiting_acks(), 5u);
  const auto batch = TakeAll(&buffer);
  EXPECT_EQ(batch->ping_acks, (std::vector<uint64_t>{7, 8}));
  EXPECT_EQ(batch->peer_settings->acks, 3u);
  EXPECT_EQ(buffer.waiting_acks(), 0u);
}

// Catches: resets without bound while the peer reads nothing.
TEST(ControlBufferTest, ResetsOfEndedStreamsHaveACap) {
  ControlBuffer buffer;
  for (uint32_t i = 0; i < ControlBuffer::kMaxResets + 10; ++i) {
    buffer.PutReset(2 * i + 1, Http2ErrorCode::kStreamClosed);
  }
  const auto batch = TakeAll(&buffer);
  ASSERT_EQ(batch->resets.size(), ControlBuffer::kMaxResets);
  EXPECT_EQ(batch->resets[1].stream_id, 3u);
  EXPECT_EQ(batch->resets[1].code, Http2ErrorCode::kStreamClosed);
  buffer.PutReset(1, Http2ErrorCode::kStreamClosed);
  EXPECT_EQ(TakeAll(&buffer)->resets.size(), 1u) << "it reads again";
}

TEST(ControlBufferTest, EveryKindOfItemNeedsAWriter) {
  const std::vector<void (*)(ControlBuffer*)> puts = {
      [](auto* b) { b->Put(SendPing{1}); },
      [](auto* b) { b->PutConnectionUpdate(1, /*enough=*/1); },
      [](auto* b) { b->PutConnectionUpdateFromPeer(1); },
      [](auto* b) { b->PutPeerSettings(Settings()); },
      [](auto* b) { b->PutPingAck(1); },
      [](auto* b) { b->PutReset(1, Http2ErrorCode::kStreamClosed); },
  };
  for (const auto put : puts) {
    ControlBuffer buffer;
    put(&buffer);
    EXPECT_TRUE(TakeAll(&buffer)->NeedsWriter());
  }
}

// Catches: a write for each quarter of the window that was used, although the
// next request would take the update along; an update that is lost, or never
// due.
TEST(ControlBufferTest, AnUpdateOfTheConnectionWaitsForWhatIsWrittenNext) {
  ControlBuffer buffer;
  buffer.PutConnectionUpdate(25, /*enough=*/50);
  EXPECT_FALSE(buffer.MaybeBecomeWriter());
  buffer.PutPingAck(1);
  EXPECT_EQ(TakeAll(&buffer)->connection_to_peer, 25u);
  buffer.PutConnectionUpdate(25, /*enough=*/50);
  EXPECT_FALSE(buffer.MaybeBecomeWriter());
  buffer.PutConnectionUpdate(25, /*enough=*/50);
  EXPECT_EQ(TakeAll(&buffer)->connection_to_peer, 50u);
  buffer.PutConnectionUpdate(0, /*enough=*/0);
  EXPECT_FALSE(buffer.MaybeBecomeWriter()) << "there is nothing to return";
}

// Catches: a write for the update whenever the peer returns window, as servers
// do after each large request.
TEST(ControlBufferTest, ThePeersUpdateTakesNoneAlong) {
  ControlBuffer buffer;
  buffer.PutConnectionUpdate(25, /*enough=*/50);
  buffer.PutConnectionUpdateFromPeer(1);
  EXPECT_EQ(TakeAll(&buffer)->connection_to_peer, 0u);
  buffer.PutPingAck(1);
  EXPECT_EQ(TakeAll(&buffer)->connection_to_peer, 25u);
}

// Catches: an ACK that is written before its time, by the reader or because the
// peer has returned window; and one that is lost or never due.
TEST(ControlBufferTest, AnAckMayWaitForWhatIsWrittenNext) {
  ControlBuffer buffer;
  EXPECT_TRUE(buffer.PutPingAckForNextWrite(1));
  EXPECT_FALSE(buffer.MaybeBecomeWriter());
  EXPECT_EQ(buffer.waiting_acks(), 1u);
  buffer.PutConnectionUpdateFromPeer(1);
  EXPECT_EQ(TakeAll(&buffer)->ping_acks.size(), 0u);
  buffer.Put(SendPing{2});
  EXPECT_EQ(TakeAll(&buffer)->ping_acks.size(), 1u);
  EXPECT_FALSE(buffer.StopPingAckWait());

  EXPECT_TRUE(buffer.PutPingAckForNextWrite(3));
  EXPECT_TRUE(buffer.StopPingAckWait());
  EXPECT_FALSE(buffer.StopPingAckWait()) << "it is due";
  EXPECT_EQ(TakeAll(&buffer)->ping_acks.size(), 1u);

  EXPECT_TRUE(buffer.PutPingAckForNextWrite(4));
  EXPECT_FALSE(buffer.PutPingAckForNextWrite(5));
  EXPECT_EQ(TakeAll(&buffer)->ping_acks.size(), 2u);
}

TEST(ControlBufferTest, AWriterThatGoesOnTakesAnUpdateThatIsNotDue) {
  ControlBuffer buffer;
  ControlBatch batch;
  buffer.PutPingAck(1);
  ASSERT_TRUE(buffer.MaybeBecomeWriter());
  EXPECT_TRUE(buffer.Take(/*more=*/false, &batch));
  buffer.PutConnectionUpdate(25, /*enough=*/50);
  EXPECT_TRUE(buffer.Take(/*more=*/true, &batch));
  EXPECT_EQ(batch.connection_to_peer, 25u);
  EXPECT_FALSE(buffer.Take(/*more=*/false, &batch));
}

// Catches: a writer that does not learn of others, or that counts itself.
TEST(ControlBufferTest, TheWriterLearnsThatOthersPutSomething) {
  ControlBuffer buffer;
  ControlBatch batch;
  buffer.PutPingAck(1);
  ASSERT_TRUE(buffer.MaybeBecomeWriter(/*has_calls=*/true));
  EXPECT_TRUE(buffer.Take(/*more=*/false, &batch));
  EXPECT_FALSE(batch.crowded);
  buffer.PutPingAck(2);
  EXPECT_FALSE(buffer.MaybeBecomeWriter(/*has_calls=*/true));
  EXPECT_TRUE(buffer.Take(/*more=*/false, &batch));
  EXPECT_TRUE(batch.crowded);
  EXPECT_FALSE(buffer.MaybeBecomeWriter(/*has_calls=*/true))
      << "nothing is there";
  EXPECT_FALSE(buffer.Take(/*more=*/false, &batch));
  EXPECT_FALSE(batch.crowded);
}

// Catches: the reader taken for another thread with calls. With one such thread
// it would make a crowd.
TEST(ControlBufferTest, OnlyThreadsWithCallsMakeACrowd) {
  for (const bool writer : {false, true}) {
    for (const bool other : {false, true}) {
      ControlBuffer buffer;
      ControlBatch batch;
      buffer.PutPingAck(1);
      ASSERT_TRUE(buffer.MaybeBecomeWriter(writer));
      EXPECT_FALSE(buffer.MaybeBecomeWriter(other));
      EXPECT_TRUE(buffer.Take(/*more=*/false, &batch));
      EXPECT_EQ(batch.crowded, writer && other);
      EXPECT_FALSE(buffer.Take(/*more=*/false, &batch));
    }
  }
}

TEST(ControlBufferTest, AStreamNeedsAWriter) {
  ControlBuffer buffer;
  const TestStream stream(&buffer, 1);
  EXPECT_TRUE(TakeAll(&buffer)->NeedsWriter());
}

// Threads put at the same time; the one that becomes the writer takes until
// there is nothing. Catches: a role that two threads have; and, in one run of
// three, an item without a writer, because Take looked and gave the role up in
// two steps.
class WriterRoleTest : public testing::Test {
 protected:
  static constexpr int kThreads = 3;
  static constexpr int kRounds = 3000;
  static constexpr int kItems = 2;

  // Puts some items in each round, on all threads at once.
  void Run() {
    for (int round = 0; round < kRounds; ++round) {
      Meet(&arrived_, round);
      for (int i = 0; i < kItems; ++i) {
        buffer_.Put(SendPing{1});
        if (buffer_.MaybeBecomeWriter()) Write();
      }
      Meet(&done_, round);
      // No thread puts now, so all see the same.
      const size_t put =
          size_t{kThreads * kItems} * static_cast<size_t>(round + 1);
      ASSERT_EQ(taken_, put) << "an item without a writer";
    }
  }

 private:
  // Waits until all threads are here in this round.
  static void Meet(std::atomic<int>* counter, int round) {
    counter->fetch_add(1);
    for (int i = 0; counter->load() < (round + 1) * kThreads; ++i) {
      if (i % 10000 == 9999) std::this_thread::yield();  // it spins otherwise
    }
  }

  void Write() {
    EXPECT_EQ(++writers_, 1);
    while (true) {
      // Another thread may have the role as soon as Take has returned false.
      --writers_;
      if (!buffer_.Take(/*more=*/false, &batch_)) return;
      EXPECT_EQ(++writers_, 1);
      taken_ += batch_.items.size();
    }
  }

  ControlBuffer buffer_;
  std::atomic<int> arrived_{0};
  std::atomic<int> done_{0};
  std::atomic<int> writers_{0};
  // The writer's role alone guards this.
  ControlBatch batch_;
  size_t taken_ = 0;
};

TEST_F(WriterRoleTest, IsNeverSharedAndMissesNothing) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([this] { Run(); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace loopy
