#include "transport/io_loop/io_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "tests/io_loop/connected_sockets.h"
#include "tests/io_loop/socket_log.h"
#include "tests/support/subprocess.h"
#include "transport/io_loop/polled_socket.h"

namespace loopy {
namespace {

// A socket of a poller, closed with this object.
struct OpenSocket {
  explicit OpenSocket(Poller* poller)
      : socket(
            PolledSocket::Start(sockets.polled(), poller, log.NewObserver())),
        poller(poller) {}
  ~OpenSocket() {
    socket->Close(absl::UnavailableError("enough"));
    EXPECT_TRUE(log.WaitForObserversEnd());
  }

  ConnectedSockets sockets;
  SocketLog log;
  std::shared_ptr<PolledSocket> socket;
  Poller* const poller;
};

// Catches: sockets that all go to one poller, and pollers without a bound.
TEST(IoLoopTest, SocketsAreSpreadOverThePollers) {
  IoLoop loop(2);
  OpenSocket first(loop.Pick());
  OpenSocket second(loop.Pick());
  EXPECT_NE(first.poller, second.poller);
  OpenSocket third(loop.Pick());
  OpenSocket fourth(loop.Pick());
  EXPECT_NE(third.poller, fourth.poller);
  EXPECT_EQ(first.poller->load(), 2u);
  EXPECT_EQ(second.poller->load(), 2u);
}

// Catches: a thread for each connection of a program that has one at a time.
TEST(IoLoopTest, AnIdlePollerIsUsedAgain) {
  IoLoop loop(2);
  Poller* const poller = loop.Pick();
  { OpenSocket socket(poller); }
  while (poller->load() > 0) std::this_thread::yield();
  EXPECT_EQ(loop.Pick(), poller);
}

#if defined(__SANITIZE_THREAD__)
constexpr bool kCanForkWithThreads = false;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr bool kCanForkWithThreads = false;
#else
constexpr bool kCanForkWithThreads = true;
#endif
#else
constexpr bool kCanForkWithThreads = true;
#endif

// Returns 0 if everything is as it should be in a child of a fork.
int UseInChild(OpenSocket* parents) {
  // The parent's connection.
  SliceBuffer bytes(Slice::FromCopy("from the child"));
  if (parents->socket->StartWrite(bytes.c_buffer())) return 1;
  if (!parents->log.WaitForWrites(1)) return 2;
  if (parents->log.write_status().ok()) return 3;
  // One of its own.
  auto own = std::make_unique<OpenSocket>(IoLoop::Default()->Pick());
  own->socket->StartRead(own->log.read_buffer());
  own->sockets.Send("hello");
  if (!own->log.WaitForReads(1)) return 4;
  return own->log.received() == "hello" ? 0 : 5;
}

// Catches: a child without pollers, one that writes to its parent's connection,
// and one that takes events away from the parent.
TEST(IoLoopTest, AfterAForkParentAndChildHaveTheirOwnConnections) {
  if (!kCanForkWithThreads) {
    GTEST_SKIP() << "ThreadSanitizer has no threads after such a fork";
  }
  OpenSocket socket(IoLoop::Default()->Pick());
  const pid_t child = fork();
  if (child == 0) _exit(UseInChild(&socket));
  EXPECT_EQ(AwaitExit(child, absl::Seconds(20)), 0);
  socket.socket->StartRead(socket.log.read_buffer());
  socket.sockets.Send("hello");
  EXPECT_TRUE(socket.log.WaitForReads(1));
  EXPECT_EQ(socket.log.received(), "hello");
  SliceBuffer bytes(Slice::FromCopy("from the parent"));
  EXPECT_TRUE(socket.socket->StartWrite(bytes.c_buffer()));
  EXPECT_EQ(socket.sockets.Receive(15), "from the parent");
}

}  // namespace
}  // namespace loopy
