#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_WAIT_TEXTS_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_WAIT_TEXTS_H_

#include <atomic>
#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "transport/base/mutex.h"

namespace loopy {

// Texts about what calls waited for, on their way from the transport to the top
// of their channel (see WaitFilter). A call is known by its arena, which it has
// from end to end. Only calls that were cancelled have a text, so this is empty
// most often, and a look into it is one load.
//
// Threads: any. Lifetime: the process's.
class WaitTexts {
 public:
  // A call without a WaitFilter, such as a health check, leaves its text here
  // until another call has its arena. There are never more than this.
  static constexpr size_t kMax = 1000;

  static WaitTexts* Get();

  void Put(const void* arena, std::string text);
  // Returns an empty text if there is none.
  std::string Take(const void* arena);

 private:
  std::atomic<size_t> size_{0};
  Mutex mu_{LockRank::kWaitTexts};
  absl::flat_hash_map<const void*, std::string> texts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_WAIT_TEXTS_H_
