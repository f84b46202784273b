#include "tests/io_loop/connected_sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>

#include "transport/base/log.h"

namespace loopy {
namespace {

void MakeBuffersSmall(int fd) {
  const int size = 32 * 1024;
  LOOPY_CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0);
  LOOPY_CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0);
}

void ConnectOverTcp(bool small_buffers, int fds[2]) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  fds[0] = socket(AF_INET, SOCK_STREAM, 0);
  if (small_buffers) {
    MakeBuffersSmall(listener);  // fds[1] inherits them
    MakeBuffersSmall(fds[0]);
  }
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any_address = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof(address);
  LOOPY_CHECK(bind(listener, any_address, length) == 0);
  LOOPY_CHECK(listen(listener, 1) == 0);
  LOOPY_CHECK(getsockname(listener, any_address, &length) == 0);
  LOOPY_CHECK(connect(fds[0], any_address, length) == 0);
  fds[1] = accept(listener, nullptr, nullptr);
  LOOPY_CHECK(fds[1] >= 0);
  close(listener);
}

}  // namespace

ConnectedSockets::ConnectedSockets(Kind kind) {
  int fds[2];
  if (kind == Kind::kUnix) {
    LOOPY_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
  } else {
    ConnectOverTcp(kind == Kind::kTcpWithSmallBuffers, fds);
  }
  polled_ = fds[0];
  peer_ = fds[1];
  LOOPY_CHECK(fcntl(polled_, F_SETFL, O_NONBLOCK) == 0);
  const timeval timeout = {10, 0};
  setsockopt(peer_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

void ConnectedSockets::Send(const std::string& bytes) {
  LOOPY_CHECK(send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(bytes.size()));
}

std::string ConnectedSockets::Receive(size_t size) {
  std::string bytes(size, '\0');
  size_t received = 0;
  while (received < size) {
    const ssize_t n = recv(peer_, &bytes[received], size - received, 0);
    if (n <= 0) {
      end_ = n < 0 ? errno : 0;
      break;
    }
    received += n;
  }
  bytes.resize(received);
  return bytes;
}

bool ConnectedSockets::IsAtEnd() {
  char byte;
  return recv(peer_, &byte, 1, 0) == 0;
}

void ConnectedSockets::ClosePeer() {
  if (peer_ >= 0) close(peer_);
  peer_ = -1;
}

void ConnectedSockets::ResetByPeer() {
  linger on = {};
  on.l_onoff = 1;
  LOOPY_CHECK(setsockopt(peer_, SOL_SOCKET, SO_LINGER, &on, sizeof(on)) == 0);
  ClosePeer();
}

}  // namespace loopy
