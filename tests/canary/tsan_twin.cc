// This has no bug. It is the twin of tsan_canary.cc with the lock taken.
// ThreadSanitizer must see our Mutex, or it would report this one, too.

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
  void Subtract() {
    MutexLock lock(&mu_);
    --value_;
  }

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
