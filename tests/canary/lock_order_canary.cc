// The bug: this takes two locks against their declared order. It must not
// compile under clang.

#include "absl/base/thread_annotations.h"
#include "transport/base/mutex.h"

namespace loopy {

class WrongOrder {
 public:
  void Run() {
    MutexLock second(&second_);
    MutexLock first(&first_);
  }

 private:
  Mutex first_;
  Mutex second_ ABSL_ACQUIRED_AFTER(first_);
};

void RunInWrongOrder(WrongOrder* object) { object->Run(); }

}  // namespace loopy
