#include "transport/base/mutex.h"

#ifdef LOOPY_CHECK_LOCK_ORDER

#include <cstdio>
#include <cstdlib>

namespace loopy {
namespace {

constexpr int kNoLock = -1;

// The rank of the last lock that this thread took and still holds, which is the
// highest.
thread_local int highest_rank_held = kNoLock;

}  // namespace

void Mutex::CheckOrder() const {
  if (rank_ > highest_rank_held) return;
  // Not to gRPC's log, which says nothing before grpc_init.
  std::fprintf(stderr,
               "A lock of rank %d is taken under one of rank %d: that is not "
               "the order of LockRank.\n",
               rank_, highest_rank_held);
  std::abort();
}

void Mutex::OnLocked() {
  outer_rank_ = highest_rank_held;
  highest_rank_held = rank_;
}

void Mutex::OnUnlock() {
  if (highest_rank_held != rank_) std::abort();  // not in reverse order
  highest_rank_held = outer_rank_;
}

bool ThisThreadHoldsLock() { return highest_rank_held != kNoLock; }

}  // namespace loopy

#endif  // LOOPY_CHECK_LOCK_ORDER
