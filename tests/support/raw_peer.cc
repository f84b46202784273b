#include "tests/support/raw_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace loopy {
namespace {

// The kernel's buffer has to be smaller than the windows that peers announce.
constexpr int kReceiveBuffer = 256 << 10;

int Listen() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer,
             sizeof(kReceiveBuffer));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
          0 ||
      listen(fd, SOMAXCONN) != 0) {
    std::perror("RawPeer");
    std::abort();
  }
  return fd;
}

int PortOfListener(int fd) {
  sockaddr_in address = {};
  socklen_t size = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

void RawPeer::Connection::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

bool RawPeer::Connection::Receive(char* bytes, size_t count) {
  return recv(fd_, bytes, count, MSG_WAITALL) == static_cast<ssize_t>(count);
}

bool RawPeer::Connection::Skip(size_t count) {
  char bytes[4096];
  while (count > 0) {
    const size_t part = std::min(count, sizeof(bytes));
    if (!Receive(bytes, part)) return false;
    count -= part;
  }
  return true;
}

bool RawPeer::Connection::SkipUntilFrame(int type) {
  ReceivedFrame frame;
  do {
    if (!ReadFrame(&frame)) return false;
  } while (frame.type != type);
  return true;
}

bool RawPeer::Connection::ReadFrame(ReceivedFrame* frame) {
  constexpr size_t kPrefaceSize = 24;  // RFC 9113 section 3.4
  if (!preface_read_ && !Skip(kPrefaceSize)) return false;
  preface_read_ = true;
  unsigned char header[9] = {};
  if (!Receive(reinterpret_cast<char*>(header), sizeof(header))) return false;
  frame->type = header[3];
  frame->flags = header[4];
  frame->stream_id = uint32_t{header[5]} << 24 | uint32_t{header[6]} << 16 |
                     uint32_t{header[7]} << 8 | header[8];
  frame->payload.resize(size_t{header[0]} << 16 | size_t{header[1]} << 8 |
                        header[2]);
  return frame->payload.empty() ||
         Receive(&frame->payload[0], frame->payload.size());
}

void RawPeer::Connection::Reset() {
  sockaddr nobody = {};
  nobody.sa_family = AF_UNSPEC;  // connect(2): dissolves the association
  connect(fd_, &nobody, sizeof(nobody));
}

void RawPeer::Connection::Finish() {
  shutdown(fd_, SHUT_WR);
  tcp_info info = {};
  do {
    absl::SleepFor(absl::Milliseconds(1));
    socklen_t size = sizeof(info);
    getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size);
  } while (info.tcpi_state == TCP_FIN_WAIT1 && !over_->HasBeenNotified());
}

void RawPeer::Connection::StayOpen() { over_->WaitForNotification(); }

RawPeer::RawPeer(Script script)
    : script_(std::move(script)),
      listener_(Listen()),
      target_(absl::StrCat("127.0.0.1:", PortOfListener(listener_))),
      acceptor_([this] { Accept(); }) {}

RawPeer::~RawPeer() {
  over_.Notify();
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  for (const int fd : connections_) shutdown(fd, SHUT_RDWR);
  for (std::thread& server : servers_) server.join();
  for (const int fd : connections_) close(fd);
}

void RawPeer::Accept() {
  while (true) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    connections_.push_back(fd);
    servers_.emplace_back([this, fd] { Serve(fd); });
  }
}

void RawPeer::Serve(int fd) {
  Connection connection(fd, &over_);
  script_(&connection);
  shutdown(fd, SHUT_RDWR);
}

std::string RawPeer::Frame(int type, int flags, int stream_id,
                           absl::string_view payload) {
  const size_t length = payload.size();
  std::string frame;
  for (const size_t byte : {length >> 16, length >> 8, length}) {
    frame.push_back(static_cast<char>(byte & 0xff));
  }
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) {
    frame.push_back(static_cast<char>((stream_id >> shift) & 0xff));
  }
  absl::StrAppend(&frame, payload);
  return frame;
}

void GreetAsHttp2(RawPeer::Connection* connection) {
  const std::string window_16_mib("\x01\x00\x00\x00", 4);
  const std::string initial_window_size("\x00\x04", 2);
  connection->Send(RawPeer::Frame(kSettingsFrame, 0, 0,
                                  initial_window_size + window_16_mib) +
                   RawPeer::Frame(kWindowUpdateFrame, 0, 0, window_16_mib) +
                   RawPeer::Frame(kSettingsFrame, kAckFlag, 0, ""));
}

}  // namespace loopy
