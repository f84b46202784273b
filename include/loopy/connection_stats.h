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
  // How many of the open calls wait for what. The names are those of
  // WaitCauseName: "stream_slot", "socket", "stream_window",
  // "connection_window", "turn", "application", "peer".
  std::map<std::string, uint64_t> calls_by_cause;
  int64_t send_window = 0;     // bytes that we may send
  int64_t receive_window = 0;  // bytes that the peer may send
  // What the open calls have queued that is in no write yet, without those that
  // wait for a stream slot.
  uint64_t queued_bytes = 0;
  // The write that is under way, 0 bytes if there is none, and its age.
  uint64_t write_bytes = 0;
  std::chrono::milliseconds write_age{0};
  // What the kernel holds: not sent, or not acknowledged by the peer's kernel.
  uint64_t kernel_bytes = 0;
  // What keeps the connection from sending: "socket" or "connection_window";
  // empty if nothing does, or if there is nothing to send. There was no
  // progress for so long: the peer's kernel has acknowledged nothing.
  std::string stalled_by;
  std::chrono::milliseconds stalled_for{0};
};

}  // namespace loopy

#endif  // LOOPY_CONNECTION_STATS_H_
