#ifndef LOOPY_TESTS_SUPPORT_SOCKET_WATCH_H_
#define LOOPY_TESTS_SUPPORT_SOCKET_WATCH_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace loopy {

// Tells when this process has closed the TCP sockets that it had with a peer,
// by the kernel's table of the process's files.
//
// A closed socket that the kernel still keeps does not count. With unsent bytes
// and a peer that reads nothing, it stays in /proc/net/tcp in the state
// FIN_WAIT1 and belongs to no process; only a reset would prevent that. (To
// read that table 1,000 times a second would also take most of a CPU.)
//
// Example:
//   auto watch = SocketWatch::OfPeer(7001);
//   ... close the channel ...
//   while (!watch->Gone()) absl::SleepFor(absl::Milliseconds(1));
class SocketWatch {
 public:
  // Finds the sockets of this process that are connected to `remote_port` of
  // any host. Fails if there is none.
  static absl::StatusOr<SocketWatch> OfPeer(uint16_t remote_port);

  bool Gone() const;

  // The peer knows the connections by these ports of ours.
  const std::set<uint16_t>& local_ports() const { return local_ports_; }

 private:
  SocketWatch() = default;

  // The links in /proc/self/fd give each socket a name of its own.
  std::set<std::string> sockets_;
  std::set<uint16_t> local_ports_;
};

// Returns the port of "host:port", or 0 if there is none.
uint16_t PortOf(absl::string_view target);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_SOCKET_WATCH_H_
