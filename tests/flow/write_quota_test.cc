#include "transport/flow/write_quota.h"

#include <grpc/support/log.h>

#include <cstddef>
#include <cstdint>
#include <random>

#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(WriteQuotaTest, AcceptsUntilItIsUsedUp) {
  WriteQuota quota;
  EXPECT_EQ(quota.available(), 64 * 1024);
  EXPECT_TRUE(quota.TryAcquire(64 * 1024 - 1));
  EXPECT_TRUE(quota.TryAcquire(1));
  EXPECT_FALSE(quota.TryAcquire(1));
  EXPECT_EQ(quota.available(), 0);
}

// A message of 5 GiB: break that it catches is a quota of 32 bits.
TEST(WriteQuotaTest, AMessageOfAnySizeIsAcceptedWhileSomeIsLeft) {
  constexpr size_t kHuge = size_t{5} << 30;
  WriteQuota quota(10);
  EXPECT_TRUE(quota.TryAcquire(9));
  EXPECT_TRUE(quota.TryAcquire(kHuge));
  EXPECT_EQ(quota.available(), 1 - static_cast<int64_t>(kHuge));
  EXPECT_FALSE(quota.TryAcquire(1));
}

// Catches: one that is accepted at 0.
TEST(WriteQuotaTest, AnOverdraftIsPaidBackFirst) {
  WriteQuota quota(10);
  ASSERT_TRUE(quota.TryAcquire(30));
  quota.Replenish(20);
  EXPECT_EQ(quota.available(), 0);
  EXPECT_FALSE(quota.TryAcquire(1));
  quota.Replenish(1);
  EXPECT_TRUE(quota.TryAcquire(1));
}

// Catches: a third large message in memory, beside the end of the first and the
// one that waited.
TEST(WriteQuotaTest, ALargeMessageWaitsUntilTheLastOneIsGone) {
  WriteQuota quota(10);
  ASSERT_TRUE(quota.TryAcquire(30));
  quota.Replenish(29);
  EXPECT_FALSE(quota.TryAcquire(11));
  EXPECT_TRUE(quota.TryAcquire(9));
  quota.Replenish(1);
  EXPECT_FALSE(quota.TryAcquire(11));
  quota.Replenish(9);
  EXPECT_TRUE(quota.TryAcquire(11));
}

TEST(WriteQuotaTest, ZeroBytesNeedQuotaToo) {
  WriteQuota quota(1);
  EXPECT_TRUE(quota.TryAcquire(0));
  EXPECT_TRUE(quota.TryAcquire(1));
  EXPECT_FALSE(quota.TryAcquire(0));
}

TEST(WriteQuotaDeathTest, MoreThanWasTakenIsNeverGivenBack) {
  gpr_log_verbosity_init();  // else GPR_ASSERT says nothing
  WriteQuota quota(10);
  ASSERT_TRUE(quota.TryAcquire(3));
  EXPECT_DEATH(quota.Replenish(4), "size_");
}

// One sender as Stream has it: a message waits, the others come after it. All
// of them go, in whatever pieces their bytes leave.
TEST(WriteQuotaTest, NoSenderWaitsForEver) {
  std::mt19937_64 random(1);
  WriteQuota quota(1000);
  size_t queued = 0;
  size_t accepted = 0;
  size_t waiting = 0;  // 0: none
  for (int i = 0; i < 100000; ++i) {
    if (waiting == 0) {
      const size_t n = random() % 3000 + 1;
      if (quota.TryAcquire(n)) {
        queued += n;
        ++accepted;
      } else {
        waiting = n;
      }
    }
    if (queued > 0 && random() % 2 == 0) {
      const size_t n = random() % queued + 1;
      queued -= n;
      quota.Replenish(n);
      if (waiting != 0 && quota.TryAcquire(waiting)) {
        queued += waiting;
        ++accepted;
        waiting = 0;
      }
    }
    ASSERT_EQ(quota.available(), 1000 - static_cast<int64_t>(queued));
    ASSERT_TRUE(waiting == 0 || queued > 0) << "waits for nothing";
    ASSERT_LT(queued, 1000u + 3000u);
  }
  EXPECT_GT(accepted, 5000u);
}

}  // namespace
}  // namespace loopy
