#include "transport/core_glue/malloc_threshold.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstddef>
#include <memory>

#include "absl/base/config.h"

namespace loopy {
namespace {

#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
constexpr bool kGlibcMalloc = false;
#else
constexpr bool kGlibcMalloc = true;
#endif

constexpr size_t kMessage = size_t{1024} * 1024;
constexpr int kRounds = 50;

long PageFaults() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// Two messages are alive, then none, again and again. Returns the page faults.
long SendPairs() {
  const long before = PageFaults();
  for (int i = 0; i < kRounds; ++i) {
    const auto first = std::make_unique<char[]>(kMessage);
    const auto second = std::make_unique<char[]>(kMessage);
  }
  return PageFaults() - before;
}

// Break that it catches: the block is not freed.
TEST(MallocThresholdTest, TheMemoryOfTwoMessagesStays) {
  if (!kGlibcMalloc) GTEST_SKIP() << "not glibc's malloc";
  SendPairs();  // glibc has seen messages come and go
  const long without = SendPairs();
  ExpectLargeMessages();
  SendPairs();  // takes what it keeps
  const long with = SendPairs();
  const long pages_of_a_pair = 2 * kMessage / 4096;
  EXPECT_GT(without, kRounds / 2 * pages_of_a_pair);
  EXPECT_LT(with, pages_of_a_pair);
}

}  // namespace
}  // namespace loopy
