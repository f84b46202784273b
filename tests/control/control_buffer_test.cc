#include "transport/control/control_buffer.h"

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "gtest/gtest.h"

namespace loopy {
namespace {

std::shared_ptr<OutboundStream> NewStream(uint32_t id) {
  auto stream = std::make_shared<OutboundStream>(nullptr);
  stream->id = id;
  return stream;
}

ControlBatch TakeAll(ControlBuffer* buffer) {
  ControlBatch batch;
  EXPECT_TRUE(buffer->MaybeBecomeWriter());
  EXPECT_TRUE(buffer->Take(/*more=*/false, &batch));
  ControlBatch nothing;
  EXPECT_FALSE(buffer->Take(/*more=*/false, &nothing));
  EXPECT_TRUE(nothing.empty());
  return batch;
}

TEST(ControlBufferTest, NobodyWritesNothing) {
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
  EXPECT_FALSE(buffer.MaybeBecomeWriter()) << "the writer has not ceased";
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
  EXPECT_TRUE(batch.empty()) << "what was taken before is gone";
  buffer.Put(SendPing{2});
  EXPECT_FALSE(buffer.MaybeBecomeWriter());
}

TEST(ControlBufferTest, ItemsKeepTheirOrder) {
  ControlBuffer buffer;
  const auto stream = NewStream(1);
  buffer.Put(OpenStream{stream});
  buffer.Put(SendData{stream, SliceBuffer(Slice::FromCopy("x")), true});
  buffer.Put(CloseStream{stream, Http2ErrorCode::kCancel});
  const ControlBatch batch = TakeAll(&buffer);
  ASSERT_EQ(batch.items.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<OpenStream>(batch.items[0]));
  EXPECT_TRUE(std::holds_alternative<SendData>(batch.items[1]));
  EXPECT_TRUE(std::holds_alternative<CloseStream>(batch.items[2]));
}

// Catches: an update that is queued although the stream has one (the memory
// then grows with the frames of the peer).
TEST(ControlBufferTest, WindowUpdatesOfAStreamAreOne) {
  ControlBuffer buffer;
  const auto one = NewStream(1);
  const auto three = NewStream(3);
  for (int i = 0; i < 10000; ++i) {
    buffer.PutStreamUpdate(one, 3);
    buffer.PutStreamUpdateFromPeer(three, 0x7fffffff);
    buffer.PutStreamUpdateFromPeer(one, 2);
  }
  const ControlBatch batch = TakeAll(&buffer);
  EXPECT_TRUE(batch.items.empty());
  ASSERT_EQ(batch.stream_updates.size(), 2u);
  EXPECT_EQ(batch.stream_updates[0].stream, one);
  EXPECT_EQ(batch.stream_updates[0].to_peer, 30000u);
  EXPECT_EQ(batch.stream_updates[0].from_peer, 20000u);
  EXPECT_EQ(batch.stream_updates[1].stream, three);
  EXPECT_EQ(batch.stream_updates[1].to_peer, 0u);
  EXPECT_EQ(batch.stream_updates[1].from_peer, 10000u * uint64_t{0x7fffffff});
}

TEST(ControlBufferTest, AnUpdateAfterTheTakeIsANewOne) {
  ControlBuffer buffer;
  const auto stream = NewStream(1);
  buffer.PutStreamUpdate(stream, 5);
  TakeAll(&buffer);
  buffer.PutStreamUpdate(stream, 7);
  const ControlBatch batch = TakeAll(&buffer);
  ASSERT_EQ(batch.stream_updates.size(), 1u);
  EXPECT_EQ(batch.stream_updates[0].to_peer, 7u);
}

TEST(ControlBufferTest, WindowUpdatesOfTheConnectionAreOne) {
  ControlBuffer buffer;
  for (int i = 0; i < 10000; ++i) {
    buffer.PutConnectionUpdate(100);
    buffer.PutConnectionUpdateFromPeer(0x7fffffff);
  }
  const ControlBatch batch = TakeAll(&buffer);
  EXPECT_EQ(batch.connection_to_peer, 1000000u);
  EXPECT_EQ(batch.connection_from_peer, 10000u * uint64_t{0x7fffffff});
}

TEST(ControlBufferTest, SettingsAreMergedAndEachIsAcknowledged) {
  ControlBuffer buffer;
  Settings settings;
  for (const uint32_t table : {4096u, 100u, 8192u}) {
    settings.header_table_size = table;
    settings.initial_window_size = table * 2;
    EXPECT_TRUE(buffer.PutPeerSettings(settings).ok());
  }
  const ControlBatch batch = TakeAll(&buffer);
  ASSERT_TRUE(batch.peer_settings.has_value());
  EXPECT_EQ(batch.peer_settings->acks, 3u);
  EXPECT_EQ(batch.peer_settings->smallest_header_table, 100u);
  EXPECT_EQ(batch.peer_settings->settings.header_table_size, 8192u);
  EXPECT_EQ(batch.peer_settings->settings.initial_window_size, 16384u);
}

TEST(ControlBufferTest, TooManySettingsWithoutAReaderAreAnError) {
  ControlBuffer buffer;
  for (uint32_t i = 0; i < ControlBuffer::kMaxSettingsAcks; ++i) {
    EXPECT_TRUE(buffer.PutPeerSettings(Settings()).ok());
  }
  const Http2Error error = buffer.PutPeerSettings(Settings());
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kEnhanceYourCalm);
  TakeAll(&buffer);
  EXPECT_TRUE(buffer.PutPeerSettings(Settings()).ok()) << "it reads again";
}

// Catches: acks of PINGs that are kept without a cap.
TEST(ControlBufferTest, TooManyPingsWithoutAReaderAreAnError) {
  ControlBuffer buffer;
  for (uint64_t i = 0; i < ControlBuffer::kMaxPingAcks; ++i) {
    EXPECT_TRUE(buffer.PutPingAck(i).ok());
  }
  const Http2Error error = buffer.PutPingAck(1000);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kEnhanceYourCalm);
  const ControlBatch batch = TakeAll(&buffer);
  ASSERT_EQ(batch.ping_acks.size(), ControlBuffer::kMaxPingAcks);
  EXPECT_EQ(batch.ping_acks.front(), 0u);
  EXPECT_EQ(batch.ping_acks.back(), ControlBuffer::kMaxPingAcks - 1);
  EXPECT_TRUE(buffer.PutPingAck(1).ok()) << "it reads again";
}

TEST(ControlBufferTest, EveryKindOfItemNeedsAWriter) {
  const auto stream = NewStream(1);
  const std::vector<void (*)(ControlBuffer*,
                             const std::shared_ptr<OutboundStream>&)>
      puts = {
          [](auto* b, const auto&) { b->Put(SendPing{1}); },
          [](auto* b, const auto&) { b->PutConnectionUpdate(1); },
          [](auto* b, const auto&) { b->PutConnectionUpdateFromPeer(1); },
          [](auto* b, const auto& s) { b->PutStreamUpdate(s, 1); },
          [](auto* b, const auto& s) { b->PutStreamUpdateFromPeer(s, 1); },
          [](auto* b, const auto&) {
            EXPECT_TRUE(b->PutPeerSettings(Settings()).ok());
          },
          [](auto* b, const auto&) { EXPECT_TRUE(b->PutPingAck(1).ok()); },
      };
  for (const auto put : puts) {
    ControlBuffer buffer;
    put(&buffer, stream);
    EXPECT_FALSE(TakeAll(&buffer).empty());
  }
}

TEST(ControlBufferTest, KeepsAStreamAliveUntilItsItemsAreTaken) {
  ControlBuffer buffer;
  auto stream = NewStream(1);
  const std::weak_ptr<OutboundStream> watch = stream;
  buffer.PutStreamUpdate(stream, 1);
  buffer.Put(CloseStream{std::move(stream), absl::nullopt});
  EXPECT_FALSE(watch.expired());
  TakeAll(&buffer);
  EXPECT_TRUE(watch.expired());
}

// Threads put at the same time; whoever becomes the writer takes until there is
// nothing. Catches: a role that two threads have; and, in one run of three, an
// item that is left without a writer, because Take looked and gave the role
// back in two steps.
class WriterRoleTest : public testing::Test {
 protected:
  static constexpr int kThreads = 3;
  static constexpr int kRounds = 3000;
  static constexpr int kItems = 2;

  // Puts some items a round, all threads at once.
  void Run() {
    for (int round = 0; round < kRounds; ++round) {
      Meet(&arrived_, round);
      for (int i = 0; i < kItems; ++i) {
        buffer_.Put(SendPing{1});
        if (buffer_.MaybeBecomeWriter()) Write();
      }
      Meet(&done_, round);
      // Nobody puts now: all see the same.
      const size_t put =
          size_t{kThreads * kItems} * static_cast<size_t>(round + 1);
      ASSERT_EQ(taken_, put) << "an item without a writer";
    }
  }

 private:
  // Waits until all threads have come here in this round.
  static void Meet(std::atomic<int>* counter, int round) {
    counter->fetch_add(1);
    for (int i = 0; counter->load() < (round + 1) * kThreads; ++i) {
      if (i % 10000 == 9999) std::this_thread::yield();  // else be on time
    }
  }

  void Write() {
    EXPECT_EQ(++writers_, 1);
    while (true) {
      // The role may be another's as soon as Take has answered false.
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
  // The writer's: guarded by the role alone.
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
