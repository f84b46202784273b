#ifndef LOOPY_INTEROP_CLIENT_SOCKET_WATCH_H_
#define LOOPY_INTEROP_CLIENT_SOCKET_WATCH_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace loopy {
namespace interop {

// Says when this process no longer has the TCP sockets it had with a peer, by
// the kernel's table of the process's files.
//
// What the kernel still keeps of a closed socket does not count: if unsent
// bytes were left and the peer reads nothing, that is a FIN_WAIT1 socket of no
// process in /proc/net/tcp, which only a reset would prevent. (Reading that
// table 1,000 times a second would also take most of a CPU.)
//
// Example:
//   auto watch = SocketWatch::OfPeer(7001);
//   ... close the channel ...
//   while (!watch->Gone()) absl::SleepFor(absl::Milliseconds(1));
class SocketWatch {
 public:
  // The sockets of this process that are connected to a port of any host; at
  // least one.
  static absl::StatusOr<SocketWatch> OfPeer(uint16_t remote_port);

  bool Gone() const;

  // This end's ports: what the peer knows the connections by.
  const std::set<uint16_t>& local_ports() const { return local_ports_; }

 private:
  SocketWatch() = default;

  // As the links in /proc/self/fd name them: each socket has its own name.
  std::set<std::string> sockets_;
  std::set<uint16_t> local_ports_;
};

// The port of "host:port", or 0.
uint16_t PortOf(absl::string_view target);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_SOCKET_WATCH_H_
