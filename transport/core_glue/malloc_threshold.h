#ifndef LOOPY_TRANSPORT_CORE_GLUE_MALLOC_THRESHOLD_H_
#define LOOPY_TRANSPORT_CORE_GLUE_MALLOC_THRESHOLD_H_

#include <cstddef>

namespace loopy {

// A message from this size on is a large one: glibc maps a block of it instead
// of taking it from the heap, until it has seen one freed (mallopt(3),
// M_MMAP_THRESHOLD).
inline constexpr size_t kLargeMessage = 128 * 1024;

// Shows glibc's malloc a block of 4 MiB that comes and goes. What is free at
// the top of the heap goes back to the system once it is twice the largest such
// block (M_TRIM_THRESHOLD), and comes back page by page. Nothing here waits for
// a write, so the next message of a stream is often made while the end of the
// one before is written: two are alive, and after that none. With thresholds
// that have grown to the size of one message, that cycle would cost a third of
// an upload's CPU.
//
// Thresholds that the program, or its environment, has set stay. Another malloc
// notices next to nothing: the block is not touched.
//
// Threads: any. Does it once a process.
void ExpectLargeMessages();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_MALLOC_THRESHOLD_H_
