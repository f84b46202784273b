// Threads that put small work while the writer is busy share a write.

#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "gtest/gtest.h"
#include "tests/writer/loopy_writer_fixture.h"

namespace loopy {
namespace {

using Strings = std::vector<std::string>;

class CrowdedWritesTest : public LoopyWriterFixture {
 protected:
  // A stream that has been written, so that the preface and the HEADERS that
  // grow the header table are over.
  void SetUp() override {
    Open();
    DropFrames();
    clock_.on_yield = [this] {
      ++yields_;
      if (!while_yielding_) return;
      while_yielding_();
      writer_.MaybeRun();
    };
  }
  // The fixture's streams outlive the clock's hook.
  void TearDown() override {
    clock_.on_yield = nullptr;
    LoopyWriterFixture::TearDown();
  }

  // Begins a write, and another thread puts a stream meanwhile.
  void OpenTwo(const std::string& bytes = "") {
    Open();
    writer_.MaybeRun();
    WriterStream* const stream = Open();
    if (!bytes.empty()) PutData(stream, bytes);
    writer_.MaybeRun();
    EXPECT_EQ(Describe(TakeFrames()), (Strings{"HEADERS 3"}));
  }

  int yields_ = 0;
  absl::AnyInvocable<void()> while_yielding_;
};

// Catches: a write for each thread, though they all have something to write.
TEST_F(CrowdedWritesTest, SmallWritesOfSeveralThreadsAreOne) {
  while_yielding_ = [this] { Open(); };
  OpenTwo();
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 1);
  EXPECT_EQ(Describe(TakeFrames()), (Strings{"HEADERS 5", "HEADERS 7"}));
}

// Catches: a writer that gives its role up while it has bytes.
TEST_F(CrowdedWritesTest, AWriteThatNobodyJoinsBegins) {
  OpenTwo();
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 1);
  EXPECT_EQ(Describe(TakeFrames()), (Strings{"HEADERS 5"}));
}

// Catches: a lone call that gives the processor away.
TEST_F(CrowdedWritesTest, ALoneThreadDoesNotYield) {
  for (int i = 0; i < 3; ++i) {
    PutData(Open(), "hello", /*end_stream=*/true);
    DropFrames();
  }
  EXPECT_EQ(yields_, 0);
}

// Catches: a crowd that is remembered for ever.
TEST_F(CrowdedWritesTest, AThreadThatIsAloneAgainDoesNotYield) {
  OpenTwo();
  DropFrames();
  EXPECT_EQ(yields_, 1);
  Open();
  DropFrames();
  EXPECT_EQ(yields_, 1);
}

// Catches: a write that is put off for as long as others have something.
TEST_F(CrowdedWritesTest, AWriteIsPutOffOnce) {
  while_yielding_ = [this] { Open(); };
  OpenTwo();
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 1);
  // Those who put something in the meantime are a crowd for the next write.
  Open();
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 2);
}

// Catches: calls whose answers were read, and that wait for other threads.
TEST_F(CrowdedWritesTest, TheReaderDoesNotYield) {
  Open();
  writer_.MaybeRun(/*has_calls=*/false);
  Open();
  writer_.MaybeRun();  // the reader has the role
  DropFrames();
  EXPECT_EQ(yields_, 0);
}

// Catches: bulk that waits for others.
TEST_F(CrowdedWritesTest, ALargeWriteBeginsAtOnce) {
  OpenTwo(std::string(SmallWritePolicy::kMinBatchSize, 'x'));
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 0);
  EXPECT_TRUE(endpoint_->write_pending());
}

// Catches: a write that begins although another thread is to make it; and one
// for each thread, since the thread that took over lets no others join.
TEST_F(CrowdedWritesTest, ALongRowOfWritesIsHandedOver) {
  Open();
  writer_.MaybeRun();
  endpoint_->HandOverNextWrite();
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_EQ(Describe(TakeFrames()), (Strings{"HEADERS 3"}));
  Open();
  writer_.MaybeRun();
  EXPECT_FALSE(endpoint_->write_pending());
  Open();
  writer_.MaybeRun();  // a crowd: the role is not free
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(Describe(TakeFrames()), (Strings{"HEADERS 5", "HEADERS 7"}));
  Open();
  writer_.MaybeRun();
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 2);
}

// Catches: a caller that writes for a crowd, or yields, though a thread without
// calls can do it; and that thread if it writes at once.
TEST_F(CrowdedWritesTest, AThreadWithoutCallsWritesForACrowd) {
  endpoint_->SetHandsOver(true);
  OpenTwo();
  endpoint_->CompleteWrite();
  EXPECT_FALSE(endpoint_->write_pending());
  EXPECT_EQ(yields_, 0);
  while_yielding_ = [this] { Open(); };
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(yields_, 1);
  EXPECT_EQ(Describe(TakeFrames()), (Strings{"HEADERS 5", "HEADERS 7"}));
  // It goes on: it hands nothing over, and yields again.
  Open();
  writer_.MaybeRun();
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 2);
  EXPECT_EQ(Describe(TakeFrames()), (Strings{"HEADERS 9", "HEADERS 11"}));
}

// Catches: a large write that waits for others after it was handed over.
TEST_F(CrowdedWritesTest, AThreadThatTakesOverBeginsALargeWriteAtOnce) {
  endpoint_->HandOverNextWrite();
  PutData(Open(), std::string(SmallWritePolicy::kMinBatchSize, 'x'));
  writer_.MaybeRun();
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(yields_, 0);
  EXPECT_TRUE(endpoint_->write_pending());
}

// Catches: callers of a crowd that take turns with the thread that has taken
// over; and a lone caller that is handed over because of a crowd of long ago.
TEST_F(CrowdedWritesTest, ACrowdOutlivesTheThreadThatTookOverByOneWrite) {
  endpoint_->SetHandsOver(true);
  OpenTwo();
  endpoint_->CompleteWrite();
  EXPECT_TRUE(endpoint_->GiveTurn());
  Open();
  writer_.MaybeRun();  // still a crowd: that thread is the writer
  DropFrames();
  Open();
  writer_.MaybeRun();
  EXPECT_FALSE(endpoint_->write_pending());
  EXPECT_TRUE(endpoint_->GiveTurn());
  DropFrames();
  const int yields = yields_;
  Open();
  writer_.MaybeRun();
  EXPECT_TRUE(endpoint_->write_pending());
  EXPECT_EQ(yields_, yields);
}

// Catches: bytes that stay behind, or are written, when the connection closes
// just then.
TEST_F(CrowdedWritesTest, TheConnectionMayCloseMeanwhile) {
  while_yielding_ = [this] { buffer_.Put(CloseConnection{}); };
  OpenTwo();
  endpoint_->CompleteWrite();
  EXPECT_EQ(yields_, 1);
  EXPECT_EQ(finished_, 1);
  EXPECT_FALSE(endpoint_->write_pending());
}

// Catches: a frame after GOAWAY.
TEST_F(CrowdedWritesTest, GoAwayMayComeMeanwhile) {
  while_yielding_ = [this] {
    buffer_.Put(SendGoAway{Http2ErrorCode::kNoError, "why"});
    Open();
  };
  OpenTwo();
  endpoint_->CompleteWrite();
  EXPECT_EQ(Describe(TakeFrames()),
            (Strings{"HEADERS 5", "GOAWAY 0 NO_ERROR: why"}));
  endpoint_->CompleteWrite();
  EXPECT_EQ(goaways_written_, 1);
}

}  // namespace
}  // namespace loopy
