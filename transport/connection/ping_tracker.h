#ifndef LOOPY_TRANSPORT_CONNECTION_PING_TRACKER_H_
#define LOOPY_TRANSPORT_CONNECTION_PING_TRACKER_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace loopy {

// The PINGs that the application asked for and whose ACK has not come.
//
//   uint64_t opaque = pings.Add(callback);
//   ... if (auto callback = pings.Take(opaque)) callback(absl::OkStatus());
//
// Threads: the connection guards it with its lock, and runs the callbacks
// without it.
class PingTracker {
 public:
  using Callback = absl::AnyInvocable<void(absl::Status)>;

  // The PING's opaque data, never that of a keepalive or a BDP ping.
  uint64_t Add(Callback callback) {
    const uint64_t opaque = next_++;
    pending_.emplace(opaque, std::move(callback));
    return opaque;
  }

  // Empty if no such PING is under way.
  Callback Take(uint64_t opaque) {
    const auto found = pending_.find(opaque);
    if (found == pending_.end()) return nullptr;
    Callback callback = std::move(found->second);
    pending_.erase(found);
    return callback;
  }

  std::vector<Callback> TakeAll() {
    std::vector<Callback> all;
    for (auto& entry : pending_) all.push_back(std::move(entry.second));
    pending_.clear();
    return all;
  }

 private:
  uint64_t next_ = 1;
  absl::flat_hash_map<uint64_t, Callback> pending_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_PING_TRACKER_H_
