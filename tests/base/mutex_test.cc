#include "transport/base/mutex.h"

#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

class Counter {
 public:
  void Add() {
    MutexLock lock(&mu_);
    ++value_;
  }
  int value() {
    MutexLock lock(&mu_);
    return value_;
  }

 private:
  Mutex mu_{LockRank::kTest};
  int value_ ABSL_GUARDED_BY(mu_) = 0;
};

// Fails, at the latest under ThreadSanitizer, if MutexLock does not lock.
TEST(MutexTest, ExcludesOtherThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&counter] {
      for (int round = 0; round < kRounds; ++round) counter.Add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), kThreads * kRounds);
}

#ifdef LOOPY_CHECK_LOCK_ORDER

// Fails if releasing a lock does not restore the rank that the thread held
// before it.
TEST(MutexTest, LocksMayNestInTheOrderOfTheirRanks) {
  Mutex outer(LockRank::kConnectionStreams);
  Mutex first(LockRank::kStream);
  Mutex second(LockRank::kControlBuffer);
  MutexLock outer_lock(&outer);
  { MutexLock lock(&second); }
  MutexLock lock(&first);
  MutexLock inner(&second);
}

// Fails if locks of one rank may nest: two threads could take them in turn, and
// wait for each other.
TEST(MutexDeathTest, LocksOfOneRankDoNotNest) {
  Mutex one(LockRank::kStream);
  Mutex other(LockRank::kStream);
  MutexLock lock(&one);
  EXPECT_DEATH(MutexLock inner(&other), "order of LockRank");
}

#endif  // LOOPY_CHECK_LOCK_ORDER

}  // namespace
}  // namespace loopy
