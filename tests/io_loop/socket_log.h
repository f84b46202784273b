#ifndef LOOPY_TESTS_IO_LOOP_SOCKET_LOG_H_
#define LOOPY_TESTS_IO_LOOP_SOCKET_LOG_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "transport/base/slice.h"
#include "transport/io_loop/polled_socket.h"

namespace loopy {

// Remembers what a socket's observer was called for. The test waits for it, for
// at most 10 s.
//
//   SocketLog log;
//   auto socket = PolledSocket::Start(fd, poller, log.NewObserver());
//   socket->StartRead(log.read_buffer());
//   ASSERT_TRUE(log.WaitForReads(1));
//   EXPECT_EQ(log.received(), "hello");
//
// Threads: any. Lifetime: outlives its observer; the destructor waits for that.
class SocketLog {
 public:
  SocketLog() = default;
  ~SocketLog();
  SocketLog(const SocketLog&) = delete;
  SocketLog& operator=(const SocketLog&) = delete;

  std::unique_ptr<PolledSocket::Observer> NewObserver();

  // Runs at the end of each OnRead. Set before the first one.
  void set_on_read(std::function<void()> on_read) {
    on_read_ = std::move(on_read);
  }
  grpc_slice_buffer* read_buffer() { return read_buffer_.c_buffer(); }

  // Each returns false if that takes too long.
  bool WaitForReads(size_t count);
  bool WaitForBytes(size_t count);
  bool WaitForWrites(size_t count);
  bool WaitForTurns(size_t count);
  bool WaitForObserversEnd();

  size_t writes();
  size_t turns();
  std::string received();
  // The sizes of reads without an error.
  std::vector<size_t> read_sizes();
  std::vector<size_t> buffer_sizes();
  absl::Status read_status();
  absl::Status write_status();
  std::thread::id thread();  // of the last callback

 private:
  class Observer;

  bool WaitUntil(const std::function<bool()>& done);

  std::function<void()> on_read_;
  SliceBuffer read_buffer_;  // the read's that is under way

  std::mutex mu_;  // guards the rest
  std::condition_variable changed_;
  bool has_observer_ = false;
  size_t reads_ = 0;
  size_t writes_ = 0;
  size_t turns_ = 0;
  std::string received_;
  std::vector<size_t> read_sizes_;
  std::vector<size_t> buffer_sizes_;
  absl::Status read_status_;
  absl::Status write_status_;
  std::thread::id thread_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_IO_LOOP_SOCKET_LOG_H_
