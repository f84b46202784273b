#include "tests/integration/programs/http_proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace loopy {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// Waits for bytes from `fd`; false: `over` has ended.
bool AwaitReadable(int fd, int over) {
  pollfd fds[] = {{fd, POLLIN, 0}, {over, POLLIN, 0}};
  return poll(fds, 2, -1) > 0 && fds[1].revents == 0;
}

bool SendAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// Small frames of HTTP/2 are not to wait for ACKs.
void SetNoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// Returns what has come; nothing at the end.
std::string Receive(int fd) {
  std::string bytes(65536, '\0');
  const ssize_t size = recv(fd, &bytes[0], bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return bytes;
}

// The request's target, such as "127.0.0.1:50051", connected; -1 if it cannot
// be.
int ConnectTo(absl::string_view target) {
  const std::vector<absl::string_view> parts = absl::StrSplit(target, ':');
  int port = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &port)) return -1;
  const sockaddr_in address = Loopback(port);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

}  // namespace

HttpProxy::HttpProxy(Answer answer) : answer_(answer) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(listener_, 16) != 0) {
    ADD_FAILURE() << "the proxy cannot listen: " << std::strerror(errno);
  }
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  address_ = absl::StrCat("127.0.0.1:", ntohs(address.sin_port));
  if (pipe(over_) != 0) over_[0] = over_[1] = -1;
  acceptor_ = std::thread([this] { Accept(); });
}

HttpProxy::~HttpProxy() {
  close(over_[1]);
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  close(over_[0]);
  close(listener_);
}

std::vector<std::string> HttpProxy::requests() const {
  absl::MutexLock lock(&mu_);
  return requests_;
}

std::string HttpProxy::bytes_to_servers() const {
  absl::MutexLock lock(&mu_);
  return bytes_to_servers_;
}

size_t HttpProxy::byte_count_to_clients() const {
  absl::MutexLock lock(&mu_);
  return byte_count_to_clients_;
}

void HttpProxy::Accept() {
  while (AwaitReadable(listener_, over_[0])) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    connections_.emplace_back([this, client] {
      Serve(client);
      close(client);
    });
  }
}

void HttpProxy::Serve(int client) {
  std::string request;
  while (!absl::StrContains(request, "\r\n\r\n")) {
    char byte;
    if (!AwaitReadable(client, over_[0]) || recv(client, &byte, 1, 0) != 1) {
      return;
    }
    request.push_back(byte);
  }
  const std::string first = request.substr(0, request.find("\r\n"));
  {
    absl::MutexLock lock(&mu_);
    requests_.push_back(first);
  }
  const std::vector<std::string> words = absl::StrSplit(first, ' ');
  const int server = answer_ == Answer::kConnects && words.size() == 3
                         ? ConnectTo(words[1])
                         : -1;
  if (server < 0) {
    SendAll(client, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    return;
  }
  SetNoDelay(client);
  SetNoDelay(server);
  SendAll(client, "HTTP/1.1 200 Connection established\r\n\r\n");
  Relay(client, server);
  close(server);
}

void HttpProxy::Relay(int client, int server) {
  pollfd fds[] = {
      {client, POLLIN, 0}, {server, POLLIN, 0}, {over_[0], POLLIN, 0}};
  while (poll(fds, 3, -1) > 0 && fds[2].revents == 0) {
    if (fds[0].revents != 0) {
      const std::string bytes = Receive(client);
      if (bytes.empty() || !SendAll(server, bytes)) return;
      absl::MutexLock lock(&mu_);
      bytes_to_servers_ += bytes;
    }
    if (fds[1].revents != 0) {
      const std::string bytes = Receive(server);
      if (bytes.empty() || !SendAll(client, bytes)) return;
      absl::MutexLock lock(&mu_);
      byte_count_to_clients_ += bytes.size();
    }
  }
}

}  // namespace loopy
