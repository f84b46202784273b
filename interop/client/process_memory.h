#ifndef LOOPY_INTEROP_CLIENT_PROCESS_MEMORY_H_
#define LOOPY_INTEROP_CLIENT_PROCESS_MEMORY_H_

namespace loopy {
namespace interop {

// The memory of this process. Threads: any.

// Bytes of glibc's heap that are handed out. Sanitizers have heaps of their
// own, which this does not see.
double HeapBytes();

// Bytes of the process that are in the machine's memory.
double ResidentBytes();

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_PROCESS_MEMORY_H_
