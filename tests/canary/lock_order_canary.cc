// The bug: this takes two locks against the order of LockRank. Mutex must end
// the process.

#include <gtest/gtest.h>

#include "transport/base/mutex.h"

namespace loopy {
namespace {

TEST(Canary, LockOrder) {
  Mutex outbound_stream(LockRank::kOutboundStream);
  Mutex control_buffer(LockRank::kControlBuffer);
  MutexLock second(&control_buffer);
  MutexLock first(&outbound_stream);
}

}  // namespace
}  // namespace loopy
