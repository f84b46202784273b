#ifndef LOOPY_TRANSPORT_FLOW_CONNECTION_WINDOWS_H_
#define LOOPY_TRANSPORT_FLOW_CONNECTION_WINDOWS_H_

#include <atomic>
#include <cstdint>

#include "transport/flow/window.h"

namespace loopy {

// The windows of a connection, in bytes, for those who only look on (channelz).
// Threads: any. Lifetime: shared by the connection and those who look on.
struct ConnectionWindows {
  // What the peer lets us send.
  std::atomic<int64_t> send{kDefaultWindow};
  // What the peer may send.
  std::atomic<int64_t> receive{kDefaultWindow};
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_CONNECTION_WINDOWS_H_
