#include "tests/adapter/socket_pair.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/release.h"
#include "transport/base/log.h"

namespace loopy {
namespace {

void SmallBuffers(int fd) {
  const int size = 32 * 1024;
  LOOPY_CHECK(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) == 0);
  LOOPY_CHECK(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0);
}

}  // namespace

SocketPair::SocketPair(EndpointKind kind) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  SmallBuffers(listener);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const any_address = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof(address);
  LOOPY_CHECK(bind(listener, any_address, length) == 0);
  LOOPY_CHECK(listen(listener, 1) == 0);
  LOOPY_CHECK(getsockname(listener, any_address, &length) == 0);
  endpoint_fd_ = socket(AF_INET, SOCK_STREAM, 0);
  SmallBuffers(endpoint_fd_);
  LOOPY_CHECK(connect(endpoint_fd_, any_address, length) == 0);
  peer_fd_ = accept(listener, nullptr, nullptr);
  LOOPY_CHECK(peer_fd_ >= 0);
  close(listener);
  // Bounds the tests' waits.
  const timeval timeout = {10, 0};
  setsockopt(peer_fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));

  LOOPY_CHECK(fcntl(endpoint_fd_, F_SETFL, O_NONBLOCK) == 0);
  endpoint_ = EndpointFromFd(endpoint_fd_, kind);
}

SocketPair::~SocketPair() { close(peer_fd_); }

void SocketPair::Send(const std::string& bytes) {
  LOOPY_CHECK(send(peer_fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
              static_cast<ssize_t>(bytes.size()));
}

std::string SocketPair::Receive(size_t size) {
  std::string bytes(size, '\0');
  size_t received = 0;
  while (received < size) {
    const ssize_t n = recv(peer_fd_, &bytes[received], size - received, 0);
    if (n <= 0) {
      end_ = n < 0 ? errno : 0;
      break;
    }
    received += n;
  }
  bytes.resize(received);
  return bytes;
}

TestPoller::TestPoller()
    : pollset_(static_cast<grpc_pollset*>(gpr_zalloc(grpc_pollset_size()))) {
  grpc_pollset_init(pollset_, &mu_);
}

TestPoller::~TestPoller() {
  bool shut_down = false;
  grpc_closure on_shut_down;
  GRPC_CLOSURE_INIT(
      &on_shut_down,
      [](void* shut_down, grpc_error_handle) {
        *static_cast<bool*>(shut_down) = true;
      },
      &shut_down, nullptr);
  gpr_mu_lock(mu_);
  grpc_pollset_shutdown(pollset_, &on_shut_down);
  gpr_mu_unlock(mu_);
  grpc_core::ExecCtx::Get()->Flush();
  LOOPY_CHECK(shut_down);
  grpc_pollset_destroy(pollset_);
  gpr_free(pollset_);
}

bool TestPoller::Until(const std::function<bool()>& done) {
  const grpc_core::Timestamp deadline =
      grpc_core::Timestamp::Now() + grpc_core::Duration::Seconds(10);
  grpc_core::ExecCtx* const exec_ctx = grpc_core::ExecCtx::Get();
  while (exec_ctx->Flush(), !done()) {
    exec_ctx->InvalidateNow();
    if (grpc_core::Timestamp::Now() > deadline) return false;
    gpr_mu_lock(mu_);
    const grpc_error_handle error = grpc_pollset_work(
        pollset_, nullptr,
        grpc_core::Timestamp::Now() + grpc_core::Duration::Milliseconds(20));
    gpr_mu_unlock(mu_);
    LOOPY_CHECK(error.ok());
  }
  return true;
}

}  // namespace loopy
