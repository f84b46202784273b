#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CONNECTION_REGISTRY_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CONNECTION_REGISTRY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "loopy/connection_stats.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"

namespace loopy {

// The connections of the process that gRPC's subchannels have. One that only
// lingers is none of them. With LOOPY_STATS in the environment it prints what
// they do to stderr, every so many seconds.
//
// Threads: any. Lifetime: the process's.
class ConnectionRegistry {
 public:
  static ConnectionRegistry* Get();

  // `key` identifies the connection for Remove.
  void Add(const void* key,
           const std::shared_ptr<ClientConnection>& connection);
  void Remove(const void* key);

  // Returns those to `peer`, an address such as "ipv4:10.0.0.1:443"; all if it
  // is empty.
  std::vector<std::shared_ptr<ClientConnection>> Find(absl::string_view peer);

  // Returns the peers by their connections' numbers in the timeline. It holds
  // no connection.
  std::map<uint32_t, std::string> Peers();

  // Those of all connections.
  std::vector<ConnectionStats> GetStats();

 private:
  struct Entry {
    std::string peer;
    uint32_t number = 0;  // in the timeline
    std::weak_ptr<ClientConnection> connection;
  };

  ConnectionRegistry() = default;

  // Prints the stats, and does so again as long as there are connections. The
  // timer holds `printing`: if gRPC's end drops the timer, the next connection
  // starts another.
  void PrintAfter(absl::Duration period, std::shared_ptr<bool> printing);

  Mutex mu_{LockRank::kConnectionRegistry};
  absl::flat_hash_map<const void*, Entry> entries_ ABSL_GUARDED_BY(mu_);
  std::weak_ptr<bool> printing_ ABSL_GUARDED_BY(mu_);
};

// One line about a connection.
std::string StatsLine(const ConnectionStats& stats);

// Ends the connections to `peer`, or all (see Find): they take no new calls,
// and those that are under way after `grace` fail with UNAVAILABLE. Returns
// their number.
int EndConnections(absl::string_view peer, absl::Duration grace);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_CONNECTION_REGISTRY_H_
