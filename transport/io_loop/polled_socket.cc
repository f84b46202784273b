#include "transport/io_loop/polled_socket.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/string_view.h"
#include "transport/base/log.h"
#include "transport/base/slice.h"

namespace loopy {
namespace {

constexpr uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

// Reads of at least this size are made into slices of their own; smaller ones
// are copied there, so that a slice is no larger than what has come.
constexpr size_t kBulk = 32 * 1024;
constexpr size_t kMaxSlice = 64 * 1024;
constexpr size_t kMaxReadSlices = PolledSocket::kMaxRead / kMaxSlice;
constexpr size_t kMaxWriteSlices = 256;  // below IOV_MAX

absl::Status SystemError(absl::string_view call, int error) {
  return absl::UnavailableError(absl::ErrnoToStatus(error, call).message());
}

absl::Status LeftByForkError() {
  return absl::UnavailableError("the connection is that of a parent process");
}

}  // namespace

std::shared_ptr<PolledSocket> PolledSocket::Start(
    int fd, Poller* poller, std::unique_ptr<Observer> observer) {
  std::shared_ptr<PolledSocket> socket(
      new PolledSocket(fd, poller, std::move(observer)));
  if (poller->Add(fd, socket, Poller::Interest::kNone)) return socket;
  return nullptr;
}

PolledSocket::PolledSocket(int fd, Poller* poller,
                           std::unique_ptr<Observer> observer)
    : fd_(fd),
      poller_(poller),
      epoch_(poller->epoch()),
      observer_(std::move(observer)) {}

PolledSocket::~PolledSocket() = default;

void PolledSocket::StartRead(grpc_slice_buffer* buffer) {
  bool has_turn;
  {
    MutexLock lock(&mu_);
    LOOPY_CHECK(reading_ == nullptr && !closing_);
    reading_ = buffer;
    if (interest_ == Poller::Interest::kNone) {
      SetInterest(Poller::Interest::kInput);
    }
    has_turn = readable_ || LeftByFork();
  }
  if (has_turn) poller_->Schedule(shared_from_this());
}

bool PolledSocket::StartWrite(grpc_slice_buffer* bytes) {
  if (bytes->length == 0) return true;
  {
    MutexLock lock(&mu_);
    LOOPY_CHECK(writing_ == nullptr && !sending_ && !closing_);
    sending_ = true;
  }
  Sent sent;
  if (LeftByFork()) {
    sent.status = LeftByForkError();
  } else {
    sent = Send(bytes);
  }
  const bool is_written = sent.status.ok() && !sent.blocked;
  bool has_turn = !sent.status.ok();
  {
    MutexLock lock(&mu_);
    sending_ = false;
    if (closing_) has_turn = true;
    if (!is_written) {
      writing_ = bytes;
      write_error_ = std::move(sent.status);
      if (!has_turn) SetInterest(Poller::Interest::kInputAndRoom);
    }
  }
  if (has_turn) poller_->Schedule(shared_from_this());
  return is_written;
}

void PolledSocket::RequestTurn() {
  {
    MutexLock lock(&mu_);
    LOOPY_CHECK(!turn_requested_ && !closing_);
    turn_requested_ = true;
  }
  poller_->Schedule(shared_from_this());
}

void PolledSocket::Close(absl::Status why,
                         absl::AnyInvocable<void(int fd)> on_released) {
  {
    MutexLock lock(&mu_);
    LOOPY_CHECK(!closing_ && !why.ok());
    closing_ = true;
    close_reason_ = std::move(why);
    on_released_ = std::move(on_released);
  }
  poller_->Schedule(shared_from_this());
}

void PolledSocket::Turn(uint32_t events) {
  if (ShouldClose()) {
    FinishClosing();
    return;
  }
  ContinueWrite(events);
  ContinueRead(events);
  GiveTurn();  // after what has been read
}

void PolledSocket::GiveTurn() {
  {
    MutexLock lock(&mu_);
    if (!std::exchange(turn_requested_, false)) return;
  }
  observer_->OnTurn();
}

bool PolledSocket::ShouldClose() {
  MutexLock lock(&mu_);
  return closing_ && !sending_;
}

void PolledSocket::FinishClosing() {
  bool reads;
  bool writes;
  absl::Status why;
  absl::AnyInvocable<void(int fd)> on_released;
  {
    MutexLock lock(&mu_);
    reads = std::exchange(reading_, nullptr) != nullptr;
    writes = std::exchange(writing_, nullptr) != nullptr;
    why = close_reason_;
    on_released = std::move(on_released_);
  }
  poller_->Remove(fd_, this);
  if (on_released != nullptr) {
    on_released(fd_);
  } else {
    close(fd_);
  }
  if (reads) observer_->OnRead(why);
  if (writes) observer_->OnWritten(why);
  GiveTurn();
  observer_.reset();
}

void PolledSocket::ContinueWrite(uint32_t events) {
  grpc_slice_buffer* bytes;
  Sent sent;
  {
    MutexLock lock(&mu_);
    bytes = writing_;
    sent.status = std::exchange(write_error_, absl::OkStatus());
    if (bytes == nullptr && (events & EPOLLOUT) != 0 &&
        interest_ == Poller::Interest::kInputAndRoom && !sending_) {
      // No write waits any more. While writes follow each other and each one
      // waits, this saves asking for events and declining them in turn.
      SetInterest(Poller::Interest::kInput);
    }
  }
  if (bytes == nullptr) return;
  if (sent.status.ok()) {
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) == 0) return;
    sent = Send(bytes);
    if (sent.blocked) return;
  }
  {
    MutexLock lock(&mu_);
    writing_ = nullptr;
  }
  observer_->OnWritten(std::move(sent.status));
}

void PolledSocket::ContinueRead(uint32_t events) {
  grpc_slice_buffer* buffer;
  {
    MutexLock lock(&mu_);
    if ((events & kEnd) != 0) peer_ended_ = true;
    if ((events & (EPOLLIN | kEnd)) != 0) readable_ = true;
    buffer = reading_;
    if (buffer == nullptr || (!readable_ && !LeftByFork())) return;
  }
  Received received;
  if (LeftByFork()) {
    received.status = LeftByForkError();
  } else {
    received = Receive(buffer);
  }
  {
    MutexLock lock(&mu_);
    if (received.blocked) {
      readable_ = false;
      return;
    }
    // The end comes with the bytes before it, in one event.
    readable_ = !received.drained || peer_ended_;
    reading_ = nullptr;
  }
  observer_->OnRead(std::move(received.status));
}

void PolledSocket::SetInterest(Poller::Interest interest) {
  interest_ = interest;
  poller_->SetInterest(fd_, this, interest);
}

PolledSocket::Received PolledSocket::Receive(grpc_slice_buffer* buffer) {
  int available = 0;
  const bool is_bulk = expects_bulk_ && ioctl(fd_, FIONREAD, &available) == 0 &&
                       static_cast<size_t>(available) >= kBulk;
  const Received received =
      is_bulk ? ReceiveInto(
                    std::min(static_cast<size_t>(available), size_t{kMaxRead}),
                    buffer)
              : ReceiveAndCopy(buffer);
  expects_bulk_ = received.bytes >= kBulk;
  return received;
}

PolledSocket::Received PolledSocket::ReceiveAndCopy(grpc_slice_buffer* buffer) {
  iovec iov = {poller_->scratch(), Poller::kScratchSize};
  Received received = ReceiveMessage(&iov, 1, Poller::kScratchSize);
  if (received.bytes > 0) {
    grpc_slice slice = observer_->NewBuffer(received.bytes);
    std::copy_n(poller_->scratch(), received.bytes,
                GRPC_SLICE_START_PTR(slice));
    grpc_slice_buffer_add(buffer, slice);
  }
  return received;
}

PolledSocket::Received PolledSocket::ReceiveInto(size_t size,
                                                 grpc_slice_buffer* buffer) {
  SliceBuffer slices;
  std::array<iovec, kMaxReadSlices> iov;
  size_t count = 0;
  for (size_t left = size; left > 0; ++count) {
    const size_t length = std::min(left, kMaxSlice);
    grpc_slice slice = observer_->NewBuffer(length);
    iov[count] = {GRPC_SLICE_START_PTR(slice), length};
    slices.Append(Slice(slice));
    left -= length;
  }
  Received received = ReceiveMessage(iov.data(), count, size);
  grpc_slice_buffer_move_first(slices.c_buffer(), received.bytes, buffer);
  return received;
}

PolledSocket::Received PolledSocket::ReceiveMessage(iovec* iov, size_t count,
                                                    size_t size) {
  msghdr message = {};
  message.msg_iov = iov;
  message.msg_iovlen = count;
  ssize_t result;
  do {
    result = recvmsg(fd_, &message, 0);
  } while (result < 0 && errno == EINTR);
  Received received;
  if (result > 0) {
    received.bytes = static_cast<size_t>(result);
    // Otherwise the kernel had no more than that.
    received.drained = received.bytes < size;
  } else if (result == 0) {
    received.status = absl::UnavailableError("Socket closed");
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    received.blocked = true;
  } else {
    received.status = SystemError("recvmsg", errno);
  }
  return received;
}

PolledSocket::Sent PolledSocket::Send(grpc_slice_buffer* bytes) {
  Sent sent;
  while (bytes->length > 0) {
    std::array<iovec, kMaxWriteSlices> iov;
    const size_t count = std::min(bytes->count, iov.size());
    for (size_t i = 0; i < count; ++i) {
      iov[i] = {GRPC_SLICE_START_PTR(bytes->slices[i]),
                GRPC_SLICE_LENGTH(bytes->slices[i])};
    }
    msghdr message = {};
    message.msg_iov = iov.data();
    message.msg_iovlen = count;
    const ssize_t size = sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (size >= 0) {
      SliceBuffer gone;
      grpc_slice_buffer_move_first(bytes, static_cast<size_t>(size),
                                   gone.c_buffer());
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      sent.blocked = true;
      return sent;
    } else if (errno != EINTR) {
      sent.status = SystemError("sendmsg", errno);
      return sent;
    }
  }
  return sent;
}

}  // namespace loopy
