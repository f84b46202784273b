#ifndef LOOPY_TRANSPORT_BASE_MUTEX_H_
#define LOOPY_TRANSPORT_BASE_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace loopy {

// A std::mutex that clang's thread-safety analysis understands. (A pthread lock
// in the end, which ThreadSanitizer sees; it would not see those inside an
// uninstrumented Abseil library.)
//
//   Mutex mu_;
//   int value_ ABSL_GUARDED_BY(mu_);
//   { MutexLock lock(&mu_); ++value_; }
//
// Never held across a write, a read, a timer call or a callback. The order in
// which locks nest is in docs/architecture.md.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Holds a Mutex for the length of a scope.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_MUTEX_H_
