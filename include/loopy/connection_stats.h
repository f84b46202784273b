#ifndef LOOPY_CONNECTION_STATS_H_
#define LOOPY_CONNECTION_STATS_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace loopy {

// One connection at one moment. The values are read one after the other, while
// calls go on.
struct ConnectionStats {
  std::string peer;         // an address such as "ipv4:10.0.0.1:443"
  uint64_t open_calls = 0;  // with those that wait for a stream slot
  uint64_t ended_calls = 0;
  // The number of open calls that wait for each cause. The names are those of
  // WaitCauseName: "stream_slot", "socket", "stream_window",
  // "connection_window", "turn", "application", "peer".
  std::map<std::string, uint64_t> calls_by_cause;
  int64_t send_window = 0;     // bytes that we may send
  int64_t receive_window = 0;  // bytes that the peer may send
  // Open calls have queued these bytes, and no write has them yet. Calls that
  // wait for a stream slot are left out.
  uint64_t queued_bytes = 0;
  // The write that is under way, 0 bytes if there is none, and its age.
  uint64_t write_bytes = 0;
  std::chrono::milliseconds write_age{0};
  // The kernel holds these bytes: it has not sent them, or the peer's kernel
  // has not acknowledged them.
  uint64_t kernel_bytes = 0;
  // This keeps the connection from sending: "socket" or "connection_window". It
  // is empty if nothing does, or if there is nothing to send. There was no
  // progress for so long: the peer's kernel has acknowledged nothing.
  std::string stalled_by;
  std::chrono::milliseconds stalled_for{0};
};

}  // namespace loopy

#endif  // LOOPY_CONNECTION_STATS_H_
