#include "tests/support/socket_watch.h"

#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

// Returns the process's sockets: name -> file descriptor.
std::map<std::string, int> OpenSockets() {
  std::map<std::string, int> sockets;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return sockets;
  while (const dirent* entry = readdir(folder)) {
    std::array<char, 64> link = {};
    const ssize_t size =
        readlinkat(dirfd(folder), entry->d_name, link.data(), link.size());
    int fd = -1;
    if (size <= 0 || !absl::SimpleAtoi(entry->d_name, &fd)) continue;
    const absl::string_view name(link.data(), static_cast<size_t>(size));
    if (absl::StartsWith(name, "socket:")) sockets.emplace(name, fd);
  }
  closedir(folder);
  return sockets;
}

// Returns the port of this end of a socket (getsockname) or of the other
// (getpeername), or 0 if it has none.
uint16_t PortOfEnd(int fd, int (*get_name)(int, sockaddr*, socklen_t*)) {
  sockaddr_in6 address = {};  // holds a sockaddr_in as well
  socklen_t size = sizeof(address);
  if (get_name(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      (address.sin6_family != AF_INET && address.sin6_family != AF_INET6)) {
    return 0;
  }
  return ntohs(address.sin6_port);  // at the same place in both
}

}  // namespace

absl::StatusOr<SocketWatch> SocketWatch::OfPeer(uint16_t remote_port) {
  SocketWatch watch;
  for (const auto& socket : OpenSockets()) {
    if (PortOfEnd(socket.second, getpeername) != remote_port) continue;
    watch.sockets_.insert(socket.first);
    watch.local_ports_.insert(PortOfEnd(socket.second, getsockname));
  }
  if (watch.sockets_.empty()) {
    return absl::NotFoundError(
        absl::StrCat("this process has no connection to port ", remote_port));
  }
  return watch;
}

bool SocketWatch::Gone() const {
  for (const auto& socket : OpenSockets()) {
    if (sockets_.count(socket.first) != 0) return false;
  }
  return true;
}

uint16_t PortOf(absl::string_view target) {
  const size_t colon = target.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(target.substr(colon + 1), &port) || port > 65535) {
    return 0;
  }
  return static_cast<uint16_t>(port);
}

}  // namespace loopy
