#include "transport/io_loop/polled_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "tests/io_loop/connected_sockets.h"
#include "tests/io_loop/held_poller.h"
#include "tests/io_loop/socket_log.h"

namespace loopy {
namespace {

// Bytes in which a place that is lost, moved or repeated shows.
std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

// Returns the events that an epoll set of this process polls `fd` for.
uint32_t PolledEvents(int fd) {
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream info(entry.path());
    for (std::string key; info >> key;) {
      int polled = -1;
      uint32_t events = 0;
      if (key == "tfd:" && info >> polled >> key >> std::hex >> events &&
          polled == fd) {
        return events;
      }
      info >> std::dec;
    }
  }
  ADD_FAILURE() << fd << " is in no epoll set";
  return 0;
}

absl::Status Enough() { return absl::UnavailableError("enough"); }

class PolledSocketTest : public ::testing::Test {
 protected:
  explicit PolledSocketTest(
      ConnectedSockets::Kind kind = ConnectedSockets::Kind::kUnix)
      : sockets_(kind),
        socket_(PolledSocket::Start(sockets_.polled(), poller_.get(),
                                    log_.NewObserver())) {}

  ~PolledSocketTest() override {
    if (!is_closed_) Close();
    EXPECT_TRUE(log_.WaitForObserversEnd());
    // The last thing of a socket's last turn.
    while (poller_->load() > 0) std::this_thread::yield();
  }

  void StartRead() { socket_->StartRead(log_.read_buffer()); }
  // Reads again after each read without an error.
  void KeepReading() {
    log_.set_on_read([this] {
      const std::lock_guard<std::mutex> lock(close_mu_);
      if (!is_closed_ && log_.read_status().ok()) StartRead();
    });
    StartRead();
  }
  bool StartWrite(const std::string& bytes) {
    write_buffer_.Append(Slice::FromCopy(bytes));
    return socket_->StartWrite(write_buffer_.c_buffer());
  }
  void Close() {
    const std::lock_guard<std::mutex> lock(close_mu_);
    is_closed_ = true;
    socket_->Close(Enough());
  }

  // More than the kernel's buffers hold.
  static constexpr size_t kTooMuch = 8 << 20;

  const std::unique_ptr<Poller> poller_ = Poller::Create();
  ConnectedSockets sockets_;
  SocketLog log_;
  SliceBuffer write_buffer_;
  std::shared_ptr<PolledSocket> socket_;
  std::mutex close_mu_;  // no read may be started after Close
  bool is_closed_ = false;
};

class PolledTcpSocketTest : public PolledSocketTest {
 protected:
  PolledTcpSocketTest() : PolledSocketTest(ConnectedSockets::Kind::kTcp) {}
};

// ---- Reads

TEST_F(PolledSocketTest, Reads) {
  StartRead();
  sockets_.Send("hello");
  ASSERT_TRUE(log_.WaitForReads(1));
  EXPECT_TRUE(log_.read_status().ok());
  EXPECT_EQ(log_.received(), "hello");
  EXPECT_NE(log_.thread(), std::this_thread::get_id());
  StartRead();
  sockets_.Send("again");
  ASSERT_TRUE(log_.WaitForReads(2));
  EXPECT_EQ(log_.received(), "helloagain");
}

// Catches: an edge that came while no read was under way, and is forgotten.
TEST_F(PolledSocketTest, ReadsWhatCameBefore) {
  StartRead();
  sockets_.Send("first");
  ASSERT_TRUE(log_.WaitForReads(1));
  sockets_.Send("second");
  const auto poller = HeldPoller::Hold(poller_.get());  // has seen the event
  poller->GoOn();
  StartRead();
  ASSERT_TRUE(log_.WaitForReads(2));
  EXPECT_EQ(log_.received(), "firstsecond");
}

// Catches: a poller that is woken, in a connection's first moments, by bytes
// that nobody reads yet.
TEST_F(PolledSocketTest, InputIsPolledForFromTheFirstReadOn) {
  sockets_.Send("first");
  EXPECT_EQ(PolledEvents(sockets_.polled()) & EPOLLIN, 0u);
  StartRead();
  ASSERT_TRUE(log_.WaitForReads(1));
  EXPECT_EQ(PolledEvents(sockets_.polled()) & EPOLLIN, uint32_t{EPOLLIN});
  EXPECT_EQ(log_.received(), "first");
}

// Catches: a read that stops at a full buffer and waits for an event, and bytes
// in the wrong order where a small read follows a large one.
TEST_F(PolledTcpSocketTest, ReadsEverythingInOrder) {
  KeepReading();
  const std::string bytes = Pattern(kTooMuch);
  std::thread peer([&] { sockets_.Send(bytes); });
  const bool has_come = log_.WaitForBytes(bytes.size());
  if (!has_come) Close();  // the peer would go on sending
  peer.join();
  ASSERT_TRUE(has_come);
  EXPECT_TRUE(log_.received() == bytes);
  const std::vector<size_t> sizes = log_.read_sizes();
  EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()),
            size_t{PolledSocket::kMaxRead});
  // Some were made into buffers of their own.
  EXPECT_GT(*std::max_element(sizes.begin(), sizes.end()),
            size_t{Poller::kScratchSize});
}

// Catches: a connection that holds memory while nothing comes, or more than has
// come.
TEST_F(PolledSocketTest, MemoryIsAllocatedForWhatHasCome) {
  StartRead();
  const auto poller = HeldPoller::Hold(poller_.get());
  poller->GoOn();
  EXPECT_TRUE(log_.buffer_sizes().empty());
  sockets_.Send("hello");
  ASSERT_TRUE(log_.WaitForReads(1));
  EXPECT_EQ(log_.buffer_sizes(), std::vector<size_t>{5});
}

// Catches: an end that came in one event with the last bytes, and is forgotten.
TEST_F(PolledSocketTest, TheEndFollowsTheLastBytes) {
  const auto poller = HeldPoller::Hold(poller_.get());
  sockets_.Send("last");
  sockets_.ClosePeer();
  StartRead();
  poller->GoOn();
  ASSERT_TRUE(log_.WaitForReads(1));
  EXPECT_TRUE(log_.read_status().ok());
  EXPECT_EQ(log_.received(), "last");
  StartRead();
  ASSERT_TRUE(log_.WaitForReads(2));
  EXPECT_EQ(log_.read_status(), absl::UnavailableError("Socket closed"));
  // It stays an error.
  StartRead();
  ASSERT_TRUE(log_.WaitForReads(3));
  EXPECT_EQ(log_.read_status(), absl::UnavailableError("Socket closed"));
}

TEST_F(PolledTcpSocketTest, AResetIsAnErrorWithItsText) {
  StartRead();
  sockets_.ResetByPeer();
  ASSERT_TRUE(log_.WaitForReads(1));
  EXPECT_EQ(log_.read_status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(log_.read_status().message(),
                                "Connection reset by peer"))
      << log_.read_status();
}

// Catches: a socket that keeps its turn while there is something to read.
TEST_F(PolledSocketTest, ABusySocketGivesWayAfterEachRead) {
  ConnectedSockets others;
  SocketLog quiet_log;
  const auto quiet = PolledSocket::Start(others.polled(), poller_.get(),
                                         quiet_log.NewObserver());
  std::atomic<size_t> busy_reads{0};
  std::atomic<size_t> busy_reads_before{0};
  quiet_log.set_on_read([&] { busy_reads_before = busy_reads.load(); });
  quiet->StartRead(quiet_log.read_buffer());
  log_.set_on_read([&] {
    const std::lock_guard<std::mutex> lock(close_mu_);
    ++busy_reads;
    if (!is_closed_ && log_.read_status().ok()) StartRead();
  });
  const auto poller = HeldPoller::Hold(poller_.get());
  StartRead();
  sockets_.Send(std::string(2 * Poller::kScratchSize, 'x'));
  others.Send("x");
  poller->GoOn();
  ASSERT_TRUE(quiet_log.WaitForReads(1));
  EXPECT_LE(busy_reads_before, 1u);
  ASSERT_TRUE(log_.WaitForBytes(2 * Poller::kScratchSize));
  EXPECT_GT(log_.read_sizes().size(), 1u);
  quiet->Close(Enough());
  EXPECT_TRUE(quiet_log.WaitForObserversEnd());
  // The callback uses this function's variables.
  Close();
  EXPECT_TRUE(log_.WaitForObserversEnd());
}

// ---- Writes

TEST_F(PolledSocketTest, WritesAtOnce) {
  EXPECT_TRUE(StartWrite("hello"));
  EXPECT_TRUE(StartWrite(""));
  EXPECT_TRUE(StartWrite("again"));
  EXPECT_EQ(sockets_.Receive(10), "helloagain");
}

// Catches: a write that ends before the kernel has taken everything, and bytes
// that are repeated or left out where it goes on.
TEST_F(PolledSocketTest, AWriteWaitsForRoom) {
  const std::string bytes = Pattern(kTooMuch);
  ASSERT_FALSE(StartWrite(bytes));
  const auto poller = HeldPoller::Hold(poller_.get());
  poller->GoOn();
  EXPECT_EQ(log_.writes(), 0u);
  EXPECT_TRUE(sockets_.Receive(bytes.size()) == bytes);
  ASSERT_TRUE(log_.WaitForWrites(1));
  EXPECT_TRUE(log_.write_status().ok());
  EXPECT_NE(log_.thread(), std::this_thread::get_id());
  // The next one, which need not wait.
  EXPECT_TRUE(StartWrite("next"));
  EXPECT_EQ(sockets_.Receive(4), "next");
}

// Catches: a write with more slices than IOV_MAX.
TEST_F(PolledSocketTest, WritesManySlices) {
  constexpr size_t kSlices = 5000;
  constexpr size_t kSize = 30;  // smaller ones are joined
  const std::string bytes = Pattern(kSize * kSlices);
  for (size_t i = 0; i < kSlices; ++i) {
    write_buffer_.Append(Slice::FromCopy(bytes.substr(kSize * i, kSize)));
  }
  ASSERT_GT(write_buffer_.slice_count(), size_t{IOV_MAX});
  const bool at_once = socket_->StartWrite(write_buffer_.c_buffer());
  EXPECT_TRUE(sockets_.Receive(bytes.size()) == bytes);
  EXPECT_TRUE(at_once || log_.WaitForWrites(1));
}

// Catches: SIGPIPE, and a write that nothing ends.
TEST_F(PolledTcpSocketTest, AWriteToAClosedPeerFails) {
  ASSERT_FALSE(StartWrite(std::string(kTooMuch, 'x')));
  sockets_.ResetByPeer();
  ASSERT_TRUE(log_.WaitForWrites(1));
  EXPECT_EQ(log_.write_status().code(), absl::StatusCode::kUnavailable);
  // A write that fails inside StartWrite is reported later, too.
  EXPECT_FALSE(StartWrite("more"));
  ASSERT_TRUE(log_.WaitForWrites(2));
  EXPECT_NE(log_.thread(), std::this_thread::get_id());
  EXPECT_TRUE(absl::StrContains(log_.write_status().message(), "Broken pipe"))
      << log_.write_status();
}

// Catches: an edge for the room that is taken for one for input, and the other
// way round.
TEST_F(PolledTcpSocketTest, BothDirectionsAtOnce) {
  const std::string bytes = Pattern(kTooMuch);
  KeepReading();
  std::thread sender([&] { sockets_.Send(bytes); });
  const bool at_once = StartWrite(bytes);
  EXPECT_TRUE(sockets_.Receive(bytes.size()) == bytes);
  EXPECT_TRUE(at_once || log_.WaitForWrites(1));
  EXPECT_TRUE(log_.WaitForBytes(bytes.size()));
  sender.join();
  EXPECT_TRUE(log_.received() == bytes);
}

// ---- Turns

TEST_F(PolledSocketTest, GivesEachTurnOnce) {
  for (size_t i = 1; i <= 3; ++i) {
    socket_->RequestTurn();
    ASSERT_TRUE(log_.WaitForTurns(i));
    EXPECT_NE(log_.thread(), std::this_thread::get_id());
  }
  const auto poller = HeldPoller::Hold(poller_.get());
  poller->GoOn();
  EXPECT_EQ(log_.turns(), 3u);
}

// Catches: a turn before the read, whose answers then cost a write of their
// own.
TEST_F(PolledSocketTest, ATurnFollowsTheRead) {
  std::atomic<size_t> turns_before{0};
  log_.set_on_read([&] { turns_before = log_.turns(); });
  StartRead();
  const auto poller = HeldPoller::Hold(poller_.get());
  socket_->RequestTurn();
  sockets_.Send("x");
  poller->GoOn();
  ASSERT_TRUE(log_.WaitForTurns(1));
  ASSERT_TRUE(log_.WaitForReads(1));
  EXPECT_EQ(turns_before, 0u);
  Close();  // the callback uses this function's variable
  EXPECT_TRUE(log_.WaitForObserversEnd());
}

// Catches: a turn that goes with the socket, whose writer waits for it.
TEST_F(PolledSocketTest, ATurnComesAlsoAfterClose) {
  const auto poller = HeldPoller::Hold(poller_.get());
  socket_->RequestTurn();
  Close();
  poller->GoOn();
  EXPECT_TRUE(log_.WaitForTurns(1));
}

// ---- Close

// Catches: an operation that is forgotten, and a socket that stays open.
TEST_F(PolledSocketTest, CloseEndsBothWithItsReason) {
  StartRead();
  ASSERT_FALSE(StartWrite(std::string(kTooMuch, 'x')));
  const int fd = socket_->fd();
  Close();
  ASSERT_TRUE(log_.WaitForReads(1));
  ASSERT_TRUE(log_.WaitForWrites(1));
  EXPECT_EQ(log_.read_status(), Enough());
  EXPECT_EQ(log_.write_status(), Enough());
  EXPECT_FALSE(IsOpen(fd));
  EXPECT_TRUE(log_.WaitForObserversEnd());
  EXPECT_LT(sockets_.Receive(kTooMuch).size(), kTooMuch);
  EXPECT_TRUE(sockets_.IsAtEnd());
}

TEST_F(PolledSocketTest, CloseCanReleaseTheSocket) {
  StartRead();
  std::atomic<int> released{-1};
  is_closed_ = true;
  socket_->Close(Enough(), [&](int fd) { released = fd; });
  ASSERT_TRUE(log_.WaitForReads(1));
  ASSERT_EQ(released, sockets_.polled());
  // It is nobody's but ours now.
  EXPECT_EQ(send(released, "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(sockets_.Receive(1), "x");
  close(released);
}

// Catches: a socket that uses itself after a callback that closed it.
TEST_F(PolledSocketTest, IsClosedByACallback) {
  log_.set_on_read([this] {
    if (std::exchange(is_closed_, true)) return;
    socket_->Close(Enough());
    socket_.reset();
  });
  StartRead();
  sockets_.Send("x");
  ASSERT_TRUE(log_.WaitForObserversEnd());
  EXPECT_TRUE(sockets_.IsAtEnd());
}

// Catches, under ThreadSanitizer as well: a write and a close on two threads,
// which would write to a socket that has taken the number of the closed one.
TEST_F(PolledSocketTest, ManySocketsAreWrittenAndClosed) {
  constexpr int kThreads = 4;
  constexpr int kSockets = 200;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kSockets; ++i) {
        ConnectedSockets sockets;
        SocketLog log;
        auto socket = PolledSocket::Start(sockets.polled(), poller_.get(),
                                          log.NewObserver());
        socket->StartRead(log.read_buffer());
        SliceBuffer bytes(Slice::FromCopy("hello"));
        if (!socket->StartWrite(bytes.c_buffer())) ++wrong;
        if (i % 2 == 0) {
          sockets.Send("x");
          if (i % 4 == 0 && !log.WaitForReads(1)) ++wrong;
        }
        socket->Close(Enough());
        socket.reset();
        if (!log.WaitForReads(1) || !log.WaitForObserversEnd()) ++wrong;
        if (sockets.Receive(6) != "hello") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// ---- Many

// Catches: a limit on the sockets of a poller, such as the number of events
// that it takes at once.
TEST_F(PolledSocketTest, ThousandsOfSockets) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const size_t count =
      std::min<size_t>(3000, (static_cast<size_t>(limit.rlim_cur) - 100) / 2);
  struct One {
    ConnectedSockets sockets;
    SocketLog log;
    std::shared_ptr<PolledSocket> socket;
  };
  std::vector<std::unique_ptr<One>> all;
  for (size_t i = 0; i < count; ++i) {
    auto one = std::make_unique<One>();
    one->socket = PolledSocket::Start(one->sockets.polled(), poller_.get(),
                                      one->log.NewObserver());
    one->socket->StartRead(one->log.read_buffer());
    all.push_back(std::move(one));
  }
  EXPECT_EQ(poller_->load(), count + 1);
  for (const auto& one : all) one->sockets.Send("hello");
  for (const auto& one : all) {
    ASSERT_TRUE(one->log.WaitForReads(1));
    EXPECT_EQ(one->log.received(), "hello");
  }
  for (const auto& one : all) one->socket->Close(Enough());
}

}  // namespace
}  // namespace loopy
