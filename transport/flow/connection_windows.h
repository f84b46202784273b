#ifndef LOOPY_TRANSPORT_FLOW_CONNECTION_WINDOWS_H_
#define LOOPY_TRANSPORT_FLOW_CONNECTION_WINDOWS_H_

#include <atomic>
#include <cstdint>

#include "transport/flow/window.h"

namespace loopy {

// ConnectionWindows has the windows of a connection, in bytes, for observers
// such as channelz. Threads: any. Lifetime: shared by the connection and its
// observers.
struct ConnectionWindows {
  // We may send this much.
  std::atomic<int64_t> send{kDefaultWindow};
  // The peer may send this much.
  std::atomic<int64_t> receive{kDefaultWindow};
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_CONNECTION_WINDOWS_H_
