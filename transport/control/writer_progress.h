#ifndef LOOPY_TRANSPORT_CONTROL_WRITER_PROGRESS_H_
#define LOOPY_TRANSPORT_CONTROL_WRITER_PROGRESS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "transport/base/atomic_time.h"

namespace loopy {

// These say how far the loopy writer is, for those who ask what a call waits
// for. The writer sets them; any thread reads them. Each is exact by itself;
// two of them may be of slightly different moments.

// The progress of a connection.
struct WriterProgress {
  // The number of the last write that began, from 1 on, when it began and its
  // bytes; and the number of the last write that ended. A write is under way if
  // the numbers differ.
  std::atomic<uint64_t> write_begun{0};
  AtomicTime write_began_at;
  std::atomic<size_t> write_bytes{0};
  std::atomic<uint64_t> write_ended{0};
  // Since then only the connection's window keeps data back.
  AtomicTime window_used_up_at;
};

// The progress of a stream.
struct StreamProgress {
  // The number of the write with the stream's last frame, and when that was
  // made.
  std::atomic<uint64_t> last_write{0};
  AtomicTime last_frame_at;
  // Since then the stream's window keeps its data back.
  AtomicTime window_used_up_at;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONTROL_WRITER_PROGRESS_H_
