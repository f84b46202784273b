#ifndef LOOPY_TESTS_SUPPORT_PROCESS_MEMORY_H_
#define LOOPY_TESTS_SUPPORT_PROCESS_MEMORY_H_

namespace loopy {

// Any thread may call these functions.

// Returns how many bytes of glibc's heap this process has allocated. Sanitizers
// have heaps of their own, which this does not see.
double HeapBytes();

// Returns the resident set size of this process.
double ResidentBytes();

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_PROCESS_MEMORY_H_
