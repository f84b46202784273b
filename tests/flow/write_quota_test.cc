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

// Breaks that it catches: true at 0; true again while some is left already.
TEST(WriteQuotaTest, TellsOnceWhenThereIsQuotaAgain) {
  WriteQuota quota(10);
  ASSERT_TRUE(quota.TryAcquire(30));
  EXPECT_FALSE(quota.Replenish(19));
  EXPECT_FALSE(quota.Replenish(1));
  EXPECT_EQ(quota.available(), 0);
  EXPECT_TRUE(quota.Replenish(1));
  EXPECT_FALSE(quota.Replenish(9));
  EXPECT_EQ(quota.available(), 10);
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
  EXPECT_DEATH((void)quota.Replenish(4), "size_");
}

// One sender as Stream has it: a message waits, the others come after it. All
// of them go, in whatever pieces their bytes leave, and no wake-up is lost.
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
      if (quota.Replenish(n) && waiting != 0) {
        ASSERT_TRUE(quota.TryAcquire(waiting));
        queued += waiting;
        ++accepted;
        waiting = 0;
      }
    }
    ASSERT_EQ(quota.available(), 1000 - static_cast<int64_t>(queued));
    ASSERT_TRUE(waiting == 0 || quota.available() <= 0);
    ASSERT_LT(queued, 1000u + 3000u);
  }
  EXPECT_GT(accepted, 10000u);
}

}  // namespace
}  // namespace loopy
