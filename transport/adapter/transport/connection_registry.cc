#include "transport/adapter/transport/connection_registry.h"

#include <utility>

#include "absl/status/status.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/endpoint/transport_clock.h"

namespace loopy {

ConnectionRegistry* ConnectionRegistry::Get() {
  static auto* const registry = new ConnectionRegistry();
  return registry;
}

void ConnectionRegistry::Add(const void* key, std::string peer,
                             std::weak_ptr<ClientConnection> connection) {
  MutexLock lock(&mu_);
  entries_[key] = {std::move(peer), std::move(connection)};
}

void ConnectionRegistry::Remove(const void* key) {
  MutexLock lock(&mu_);
  entries_.erase(key);
}

std::vector<std::shared_ptr<ClientConnection>> ConnectionRegistry::Find(
    absl::string_view peer) {
  std::vector<std::shared_ptr<ClientConnection>> found;
  MutexLock lock(&mu_);
  for (const auto& [key, entry] : entries_) {
    if (!peer.empty() && entry.peer != peer) continue;
    std::shared_ptr<ClientConnection> connection = entry.connection.lock();
    if (connection != nullptr) found.push_back(std::move(connection));
  }
  return found;
}

int EndConnections(absl::string_view peer, absl::Duration grace) {
  const absl::Status why =
      absl::UnavailableError("the application closed the connection");
  const auto connections = ConnectionRegistry::Get()->Find(peer);
  const grpc_core::ExecCtx exec_ctx;
  for (const std::shared_ptr<ClientConnection>& connection : connections) {
    if (grace <= absl::ZeroDuration()) {
      connection->Close(why);
      continue;
    }
    connection->Drain(why);
    TransportClock()->RunAfter(
        grace, [why, weak = std::weak_ptr<ClientConnection>(connection)] {
          const std::shared_ptr<ClientConnection> late = weak.lock();
          if (late != nullptr) late->Close(why);
        });
  }
  return static_cast<int>(connections.size());
}

}  // namespace loopy
