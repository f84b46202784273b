#ifndef LOOPY_TRANSPORT_IO_LOOP_POLLED_SOCKET_H_
#define LOOPY_TRANSPORT_IO_LOOP_POLLED_SOCKET_H_

#include <grpc/slice.h>
#include <grpc/slice_buffer.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "transport/base/mutex.h"
#include "transport/io_loop/poller.h"

namespace loopy {

// A connected socket that a Poller reads. One read and one write may be under
// way at a time.
//
//   auto socket = PolledSocket::Start(fd, poller, std::move(observer));
//   socket->StartRead(&buffer);         // -> observer->OnRead(...)
//   if (!socket->StartWrite(&bytes))    // else it is done already
//     ...;                              // -> observer->OnWritten(...)
//   socket->Close(status);              // both end soon, with that status
//
// A write is tried on the caller's thread, and continues on the poller's when
// the kernel has room again. Every read is made on the poller's thread: one
// recvmsg a turn, of at most kMaxRead bytes.
//
// Threads: any; one StartRead and one StartWrite at a time, and none after
// Close. The observer runs on the poller's thread, never inside a call into
// this object. No lock is held across a system call that moves bytes, or a
// callback. Lifetime: shared; the poller holds it until it is closed, and
// destroys the observer then.
class PolledSocket final : public Poller::Client,
                           public std::enable_shared_from_this<PolledSocket> {
 public:
  // Nothing in it may block.
  class Observer {
   public:
    virtual ~Observer() = default;
    // Returns `size` bytes for what is read, which nobody else refers to.
    virtual grpc_slice NewBuffer(size_t size) = 0;
    // `status` is OK, and StartRead's buffer has at least one byte more, or an
    // error (end of stream included), after which nothing more can be read.
    virtual void OnRead(absl::Status status) = 0;
    // `status` is OK if the kernel has taken everything. After an error nothing
    // more can be written.
    virtual void OnWritten(absl::Status status) = 0;
    // The turn that RequestTurn asked for.
    virtual void OnTurn() = 0;
  };

  // A read of more bytes than this is the next turn's.
  static constexpr size_t kMaxRead = 256 * 1024;

  // Takes over `fd`, a connected and non-blocking socket, unless it returns
  // null, because the system cannot poll it.
  static std::shared_ptr<PolledSocket> Start(
      int fd, Poller* poller, std::unique_ptr<Observer> observer);
  ~PolledSocket() override;

  // `buffer` stays valid until OnRead.
  void StartRead(grpc_slice_buffer* buffer);

  // Returns true if the kernel has taken everything: then OnWritten does not
  // run. Takes bytes out of `bytes`, which stays valid until OnWritten.
  bool StartWrite(grpc_slice_buffer* bytes);

  // Asks for OnTurn, which runs soon, also if Close comes next. One at a time.
  void RequestTurn();

  // Ends the read and the write that are under way, with `why`, which is an
  // error, and closes the socket before the observer runs. If there is an
  // `on_released`, it gets the open socket instead. Called once.
  void Close(absl::Status why,
             absl::AnyInvocable<void(int fd)> on_released = nullptr);

  int fd() const { return fd_; }

 private:
  struct Received {
    absl::Status status;
    size_t bytes = 0;
    bool drained = false;
    bool blocked = false;  // nothing has come
  };
  struct Sent {
    absl::Status status;
    bool blocked = false;
  };

  PolledSocket(int fd, Poller* poller, std::unique_ptr<Observer> observer);

  void Turn(uint32_t events) override;
  bool ShouldClose();
  void FinishClosing();
  void GiveTurn();
  void ContinueWrite(uint32_t events);
  void ContinueRead(uint32_t events);
  // Returns whether a fork has separated this socket from its poller. Then its
  // bytes are the parent's.
  bool LeftByFork() const { return epoch_ != poller_->epoch(); }

  void SetInterest(Poller::Interest interest)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Received Receive(grpc_slice_buffer* buffer);
  Received ReceiveAndCopy(grpc_slice_buffer* buffer);
  Received ReceiveInto(size_t size, grpc_slice_buffer* buffer);
  // `size` is that of all `count` buffers.
  Received ReceiveMessage(iovec* iov, size_t count, size_t size);
  // Sends until everything is sent or the kernel has no room.
  Sent Send(grpc_slice_buffer* bytes);

  const int fd_;
  Poller* const poller_;
  const int epoch_;  // the poller's at the start

  // The poller thread's.
  std::unique_ptr<Observer> observer_;
  bool expects_bulk_ = false;

  Mutex mu_{LockRank::kPolledSocket};
  // Null if none is under way.
  grpc_slice_buffer* reading_ ABSL_GUARDED_BY(mu_) = nullptr;
  grpc_slice_buffer* writing_ ABSL_GUARDED_BY(mu_) = nullptr;
  bool turn_requested_ ABSL_GUARDED_BY(mu_) = false;
  // There may be bytes, or the end, that no event will tell of.
  bool readable_ ABSL_GUARDED_BY(mu_) = false;
  bool peer_ended_ ABSL_GUARDED_BY(mu_) = false;  // the end is readable
  bool sending_ ABSL_GUARDED_BY(mu_) = false;     // StartWrite uses fd_
  // The first read asks for input: a server's first bytes often come before it.
  Poller::Interest interest_ ABSL_GUARDED_BY(mu_) = Poller::Interest::kNone;
  absl::Status write_error_ ABSL_GUARDED_BY(mu_);  // to be reported
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status close_reason_ ABSL_GUARDED_BY(mu_);
  absl::AnyInvocable<void(int fd)> on_released_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_IO_LOOP_POLLED_SOCKET_H_
