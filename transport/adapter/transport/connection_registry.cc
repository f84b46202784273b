#include "transport/adapter/transport/connection_registry.h"

#include <cstdio>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/channel/environment.h"
#include "transport/adapter/endpoint/transport_clock.h"

namespace loopy {

ConnectionRegistry* ConnectionRegistry::Get() {
  static auto* const registry = new ConnectionRegistry();
  return registry;
}

void ConnectionRegistry::Add(
    const void* key, const std::shared_ptr<ClientConnection>& connection) {
  const auto& period = DefaultsFromEnvironment().stats_period;
  std::shared_ptr<bool> printing;
  {
    MutexLock lock(&mu_);
    entries_[key] = {connection->peer(), connection->timeline().connection(),
                     connection};
    if (!period.has_value() || printing_.lock() != nullptr) return;
    printing_ = printing = std::make_shared<bool>(true);
  }
  PrintAfter(*period, std::move(printing));
}

void ConnectionRegistry::PrintAfter(absl::Duration period,
                                    std::shared_ptr<bool> printing) {
  TransportClock()->RunAfter(
      period, [this, period, printing = std::move(printing)]() mutable {
        for (const ConnectionStats& stats : GetStats()) {
          fprintf(stderr, "%s\n", StatsLine(stats).c_str());
        }
        {
          MutexLock lock(&mu_);
          if (entries_.empty()) {
            printing_.reset();
            return;
          }
        }
        PrintAfter(period, std::move(printing));
      });
}

std::vector<ConnectionStats> ConnectionRegistry::GetStats() {
  std::vector<ConnectionStats> all;
  for (const auto& connection : Find("")) all.push_back(connection->stats());
  return all;
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

std::map<uint32_t, std::string> ConnectionRegistry::Peers() {
  std::map<uint32_t, std::string> peers;
  MutexLock lock(&mu_);
  for (const auto& [key, entry] : entries_) peers[entry.number] = entry.peer;
  return peers;
}

std::string StatsLine(const ConnectionStats& stats) {
  std::string line = absl::StrFormat(
      "loopy: %s: %d calls open, %d ended; windows %d to send, %d to receive",
      stats.peer, stats.open_calls, stats.ended_calls, stats.send_window,
      stats.receive_window);
  if (stats.write_bytes != 0) {
    absl::StrAppendFormat(&line, "; %d bytes being written for %d ms",
                          stats.write_bytes, stats.write_age.count());
  }
  if (stats.queued_bytes != 0 || stats.kernel_bytes != 0) {
    absl::StrAppendFormat(&line, "; %d bytes queued, %d in the kernel",
                          stats.queued_bytes, stats.kernel_bytes);
  }
  if (!stats.stalled_by.empty()) {
    absl::StrAppendFormat(&line, "; no progress for %d ms (%s)",
                          stats.stalled_for.count(), stats.stalled_by);
  }
  const char* separator = "; waiting for ";
  for (const auto& [cause, calls] : stats.calls_by_cause) {
    absl::StrAppendFormat(&line, "%s%s: %d", std::exchange(separator, ", "),
                          cause, calls);
  }
  return line;
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
