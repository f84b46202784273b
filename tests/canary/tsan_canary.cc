// The bug: one of two writers of a guarded field does not take the lock. (The
// twin of this file differs in that one line.)

#include <gtest/gtest.h>

#include <thread>

#include "absl/base/thread_annotations.h"
#include "transport/base/mutex.h"

namespace loopy {
namespace {

class Counter {
 public:
  void Add() {
    MutexLock lock(&mu_);
    ++value_;
  }
  // The compile-time analysis does not see it, so that ThreadSanitizer has to.
  void Subtract() ABSL_NO_THREAD_SAFETY_ANALYSIS { --value_; }

 private:
  Mutex mu_{LockRank::kTest};
  int value_ ABSL_GUARDED_BY(mu_) = 0;
};

TEST(Canary, TwoWriters) {
  Counter counter;
  std::thread a([&] {
    for (int i = 0; i < 10000; ++i) counter.Add();
  });
  std::thread b([&] {
    for (int i = 0; i < 10000; ++i) counter.Subtract();
  });
  a.join();
  b.join();
}

}  // namespace
}  // namespace loopy
