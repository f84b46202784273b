#include "transport/writer/write_sizer.h"

#include <cstddef>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

// Writes of the sizer's own choice to a peer that reads so many bytes a second.
class WriteSizerTest : public testing::Test {
 protected:
  // Counts the changes of the limit.
  int WriteAt(double bytes_per_second, int writes) {
    int changes = 0;
    for (int i = 0; i < writes; ++i) {
      const size_t n = sizer_.write_size();
      const absl::Duration took =
          absl::Seconds(static_cast<double>(n) / bytes_per_second);
      now_ += took;
      changes += sizer_.OnWrite(n, took, now_);
    }
    return changes;
  }

  WriteSizer sizer_;
  absl::Time now_ = absl::UnixEpoch();
};

TEST_F(WriteSizerTest, StartsWithLittle) {
  EXPECT_EQ(sizer_.unsent_limit(), Endpoint::kInitialUnsentLimit);
  EXPECT_EQ(sizer_.write_size(), 2 * Endpoint::kInitialUnsentLimit);
}

// Break that it catches: a size that does not follow the peer.
TEST_F(WriteSizerTest, AFastPeerGetsMuchAtATime) {
  WriteAt(1e10, 20);
  EXPECT_EQ(sizer_.unsent_limit(), WriteSizer::Alone().max_unsent);
  EXPECT_EQ(sizer_.write_size(), WriteSizer::kMaxWrite + WriteSizer::kSlack);
}

// Catches: a message of 1 MiB that takes three writes, the last one of a few
// bytes, which keep the memory of the whole message.
TEST_F(WriteSizerTest, ALargeMessageIsAWholeNumberOfWrites) {
  for (const double rate : {3e8, 6e8, 1.2e9, 1e10}) {
    WriteAt(rate, 50);
    const size_t write = sizer_.write_size() - WriteSizer::kSlack;
    EXPECT_GE(write, WriteSizer::kLongWrite);
    EXPECT_EQ(write & (write - 1), 0u) << "a power of two";
  }
}

TEST_F(WriteSizerTest, ASlowPeerGetsLittleAtATime) {
  WriteAt(1e9, 20);
  WriteAt(1e6, 20);
  EXPECT_EQ(sizer_.unsent_limit(), WriteSizer::kMinUnsent);
  EXPECT_EQ(sizer_.write_size(), 2 * WriteSizer::kMinUnsent);
}

// 100 MB/s are 200,000 bytes in 2 ms, 40,000 in 0.4 ms.
TEST_F(WriteSizerTest, TheKernelHoldsNoMoreThanTheTargetDelay) {
  WriteAt(1e8, 50);
  EXPECT_EQ(sizer_.unsent_limit(), 128u * 1024);
  sizer_.OnOvertaking();
  WriteAt(1e8, 1);
  EXPECT_EQ(sizer_.unsent_limit(), 32u * 1024);
}

// Break that it catches: one delay for all peers, so that a fast one gets many
// small writes.
TEST_F(WriteSizerTest, AFastPeerGetsMoreBesideSmallMessagesToo) {
  sizer_.OnOvertaking();
  WriteAt(3e8, 20);
  EXPECT_EQ(sizer_.unsent_limit(), 256u * 1024);
  WriteAt(2e8, 20);
  EXPECT_EQ(sizer_.unsent_limit(), 64u * 1024);
}

TEST_F(WriteSizerTest, BulkIsAloneAgainWhenItWasForAWhile) {
  WriteAt(1e10, 20);
  sizer_.OnOvertaking();
  WriteAt(1e10, 1);
  EXPECT_EQ(sizer_.unsent_limit(), WriteSizer::QuickToFastPeer().max_unsent);
  now_ += WriteSizer::Calm() - absl::Milliseconds(1);
  WriteAt(1e10, 1);
  EXPECT_EQ(sizer_.unsent_limit(), WriteSizer::QuickToFastPeer().max_unsent);
  now_ += absl::Milliseconds(1);
  WriteAt(1e10, 1);
  EXPECT_EQ(sizer_.unsent_limit(), WriteSizer::Alone().max_unsent);
}

// Catches: a small message that waits for one more of the longest writes.
TEST_F(WriteSizerTest, AWriteBesideASmallMessageIsNotOneOfTheLongest) {
  WriteAt(1e10, 20);
  sizer_.OnOvertaking();
  EXPECT_EQ(sizer_.write_size(), WriteSizer::kLongWrite + WriteSizer::kSlack);
}

// Break that it catches: a limit that is set anew with every other write, a
// system call each.
TEST_F(WriteSizerTest, AWaveringPeerChangesNothing) {
  WriteAt(1e8, 50);
  int changes = 0;
  for (int i = 0; i < 100; ++i) {
    changes += WriteAt(7e7, 1);
    changes += WriteAt(1.3e8, 1);
  }
  EXPECT_EQ(changes, 0);
}

// Break that it catches: small calls, which the kernel takes at once, say that
// the peer is fast.
TEST_F(WriteSizerTest, ShortWritesSayNothing) {
  WriteAt(1e6, 50);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(
        sizer_.OnWrite(WriteSizer::kMinWrite - 1, absl::ZeroDuration(), now_));
  }
  EXPECT_EQ(sizer_.unsent_limit(), WriteSizer::kMinUnsent);
}

}  // namespace
}  // namespace loopy
