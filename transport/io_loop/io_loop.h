#ifndef LOOPY_TRANSPORT_IO_LOOP_IO_LOOP_H_
#define LOOPY_TRANSPORT_IO_LOOP_IO_LOOP_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "transport/base/mutex.h"
#include "transport/io_loop/poller.h"

namespace loopy {

// The pollers of a process. Each starts its thread when it gets its first
// socket.
//
//   Poller* poller = IoLoop::Default()->Pick();
//
// Threads: any. Lifetime: outlives all sockets of its pollers.
class IoLoop {
 public:
  explicit IoLoop(size_t max_pollers) : max_pollers_(max_pollers) {}

  // Returns the process's. It has a poller for two cores, and is never
  // destroyed: its threads sleep while there is nothing to do.
  //
  // It can be used in the child of a fork. The parent's connections cannot:
  // their reads and writes fail there, so that two processes do not write to
  // one socket.
  static IoLoop* Default();

  // Returns the poller with the fewest sockets; null if the system has no more
  // threads or file descriptors.
  Poller* Pick();

  // Returns the number of sockets.
  size_t load();

 private:
  static void BeforeFork();
  static void AfterForkInParent();
  static void AfterForkInChild();

  const size_t max_pollers_;

  Mutex mu_{LockRank::kIoLoop};
  std::vector<std::unique_ptr<Poller>> pollers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_IO_LOOP_IO_LOOP_H_
