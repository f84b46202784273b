#ifndef LOOPY_INTEROP_CLIENT_SOCKET_WATCH_H_
#define LOOPY_INTEROP_CLIENT_SOCKET_WATCH_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace loopy {
namespace interop {

// Says, from the kernel's tables, when this process no longer has the TCP
// sockets it had with a peer.
//
// A socket counts as gone when it has no inode any more: it was closed by the
// process. (If the peer reads nothing the kernel still keeps what is left of
// it, as FIN_WAIT1 without an inode, until the peer reads or is gone; only a
// reset would prevent that.)
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

 private:
  explicit SocketWatch(std::set<std::string> inodes);

  std::set<std::string> inodes_;
};

// The port of "host:port", or 0.
uint16_t PortOf(absl::string_view target);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_SOCKET_WATCH_H_
