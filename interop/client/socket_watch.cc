#include "interop/client/socket_watch.h"

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
namespace interop {
namespace {

// The process's sockets: name -> file descriptor.
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

// The port of the peer that a socket is connected to, or 0.
uint16_t PeerPort(int fd) {
  sockaddr_in6 address = {};  // holds a sockaddr_in as well
  socklen_t size = sizeof(address);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  if (address.sin6_family != AF_INET && address.sin6_family != AF_INET6) {
    return 0;
  }
  return ntohs(address.sin6_port);  // at the same place in both
}

}  // namespace

SocketWatch::SocketWatch(std::set<std::string> sockets)
    : sockets_(std::move(sockets)) {}

absl::StatusOr<SocketWatch> SocketWatch::OfPeer(uint16_t remote_port) {
  std::set<std::string> found;
  for (const auto& socket : OpenSockets()) {
    if (PeerPort(socket.second) == remote_port) found.insert(socket.first);
  }
  if (found.empty()) {
    return absl::NotFoundError(
        absl::StrCat("this process has no connection to port ", remote_port));
  }
  return SocketWatch(std::move(found));
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

}  // namespace interop
}  // namespace loopy
