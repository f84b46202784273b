// The bug: this reads a guarded field without its lock. It must not compile
// under clang.

#include "absl/base/thread_annotations.h"
#include "transport/base/mutex.h"

namespace loopy {

class Unlocked {
 public:
  int Get() const { return value_; }

 private:
  Mutex mu_{LockRank::kTest};
  int value_ ABSL_GUARDED_BY(mu_) = 0;
};

int GetUnlocked(const Unlocked& object) { return object.Get(); }

}  // namespace loopy
