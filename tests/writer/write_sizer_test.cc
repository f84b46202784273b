#include "transport/writer/write_sizer.h"

#include <cstddef>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

// Writes of the sizer's own choice to a peer that reads so many bytes a second.
void WriteAt(double bytes_per_second, int writes, WriteSizer* sizer) {
  for (int i = 0; i < writes; ++i) {
    const size_t n = sizer->write_size();
    sizer->OnWrite(n, absl::Seconds(static_cast<double>(n) / bytes_per_second));
  }
}

TEST(WriteSizerTest, StartsInTheMiddle) {
  WriteSizer sizer;
  EXPECT_EQ(sizer.unsent_limit(), WriteSizer::kInitialUnsent);
  EXPECT_EQ(sizer.write_size(), 2 * WriteSizer::kInitialUnsent);
}

// Break that it catches: a size that does not follow the peer.
TEST(WriteSizerTest, AFastPeerGetsMuchAtATime) {
  WriteSizer sizer;
  WriteAt(1e9, 20, &sizer);
  EXPECT_EQ(sizer.unsent_limit(), WriteSizer::kMaxUnsent);
}

TEST(WriteSizerTest, ASlowPeerGetsLittleAtATime) {
  WriteSizer sizer;
  WriteAt(1e9, 20, &sizer);
  WriteAt(1e7, 20, &sizer);
  EXPECT_EQ(sizer.unsent_limit(), WriteSizer::kMinUnsent);
}

// 100 MB/s are 40,000 bytes in 400 us.
TEST(WriteSizerTest, TheKernelHoldsNoMoreThanTheTargetDelay) {
  WriteSizer sizer;
  WriteAt(1e8, 50, &sizer);
  EXPECT_EQ(sizer.unsent_limit(), 32u * 1024);
}

TEST(WriteSizerTest, SaysWhenTheLimitChanges) {
  WriteSizer sizer;
  int changes = 0;
  for (int i = 0; i < 50; ++i) {
    changes += sizer.OnWrite(sizer.write_size(), absl::ZeroDuration());
  }
  EXPECT_EQ(changes, 2) << "from 32 KiB to 64 and 128";
}

// Break that it catches: small calls, which the kernel takes at once, say that
// the peer is fast.
TEST(WriteSizerTest, ShortWritesSayNothing) {
  WriteSizer sizer;
  WriteAt(1e7, 50, &sizer);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(
        sizer.OnWrite(WriteSizer::kMinWrite - 1, absl::ZeroDuration()));
  }
  EXPECT_EQ(sizer.unsent_limit(), WriteSizer::kMinUnsent);
}

}  // namespace
}  // namespace loopy
