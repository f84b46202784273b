#include "transport/flow/write_quota.h"

#include <grpc/support/log.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>

#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(WriteQuotaTest, IsUsedUpByItsSize) {
  WriteQuota quota(64 * 1024);
  EXPECT_EQ(quota.available(), 64 * 1024);
  EXPECT_TRUE(quota.Take(64 * 1024 - 1));
  EXPECT_TRUE(quota.Take(1));
  EXPECT_EQ(quota.available(), 0);
  EXPECT_TRUE(quota.Take(0));
  EXPECT_FALSE(quota.Take(1));
}

// The message has 5 GiB. Catches: a quota of 32 bits.
TEST(WriteQuotaTest, TakesAMessageOfAnySize) {
  constexpr size_t kHuge = size_t{5} << 30;
  WriteQuota quota(10);
  EXPECT_TRUE(quota.Take(9));
  EXPECT_FALSE(quota.Take(kHuge));
  EXPECT_EQ(quota.available(), 1 - static_cast<int64_t>(kHuge));
  EXPECT_TRUE(quota.GiveBack(kHuge));
}

// Catches: a sender that waits until nothing is left, which is too long, or
// that goes on while more than the quota is left, which has two large messages
// in memory.
TEST(WriteQuotaTest, ASenderWaitsUntilNoMoreThanTheQuotaIsLeft) {
  WriteQuota quota(10);
  ASSERT_FALSE(quota.Take(30));
  EXPECT_FALSE(quota.GiveBack(19));
  EXPECT_TRUE(quota.GiveBack(1));
  EXPECT_EQ(quota.available(), 0);
}

TEST(WriteQuotaDeathTest, MoreThanWasTakenIsNeverGivenBack) {
  gpr_log_verbosity_init();  // otherwise a check logs nothing
  WriteQuota quota(10);
  ASSERT_TRUE(quota.Take(3));
  EXPECT_DEATH((void)quota.GiveBack(4), "size_");
}

// There is one sender, as in Stream: while a message waits, no other comes. All
// of them go, in whatever pieces their bytes leave the queue.
TEST(WriteQuotaTest, NoSenderWaitsForEver) {
  std::mt19937_64 random(1);
  WriteQuota quota(1000);
  size_t queued = 0;
  size_t accepted = 0;
  bool waits = false;
  for (int i = 0; i < 100000; ++i) {
    if (!waits) {
      const size_t n = random() % 3000 + 1;
      queued += n;
      waits = !quota.Take(n);
      if (!waits) ++accepted;
    }
    if (queued > 0 && random() % 2 == 0) {
      const size_t n = random() % queued + 1;
      queued -= n;
      if (quota.GiveBack(n) && std::exchange(waits, false)) ++accepted;
    }
    ASSERT_EQ(quota.available(), 1000 - static_cast<int64_t>(queued));
    ASSERT_EQ(waits, queued > 1000);
  }
  EXPECT_GT(accepted, 5000u);
}

}  // namespace
}  // namespace loopy
