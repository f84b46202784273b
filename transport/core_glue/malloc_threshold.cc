#include "transport/core_glue/malloc_threshold.h"

#include <cstdlib>

namespace loopy {

void ExpectLargeMessages() {
  static const bool shown = [] {
    // volatile: the compiler may not leave the pair out.
    void* volatile block = std::malloc(size_t{4} * 1024 * 1024);
    std::free(block);
    return true;
  }();
  static_cast<void>(shown);
}

}  // namespace loopy
