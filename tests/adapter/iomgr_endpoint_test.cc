// The endpoint has a real TCP connection to the test itself.

#include "transport/adapter/endpoint/iomgr_endpoint.h"

#include <fcntl.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/surface/init.h"
#include "tests/adapter/endpoint_from_fd.h"
#include "tests/adapter/test_poller.h"
#include "tests/fakes/fake_clock.h"
#include "tests/io_loop/connected_sockets.h"
#include "transport/adapter/endpoint/shared_endpoint.h"
#include "transport/adapter/release.h"

namespace loopy {
namespace {

class Observer final : public Endpoint::ReadObserver,
                       public Endpoint::WriteObserver {
 public:
  void OnRead(absl::Status status, SliceBuffer* bytes) override {
    EXPECT_FALSE(inside_call);
    read_status = status;
    received += bytes->ToString();
    bytes->Clear();
    ++reads;
  }
  void OnWriteDone(absl::Status status) override {
    EXPECT_FALSE(inside_call);
    write_status = status;
    if (on_write_done) on_write_done();
    ++writes;
  }
  void OnTurn() override {
    EXPECT_NE(grpc_core::ExecCtx::Get(), nullptr);
    turn_thread = std::this_thread::get_id();
    ++turns;
  }
  void OnTakeOver() override {
    EXPECT_NE(grpc_core::ExecCtx::Get(), nullptr);
    take_over_thread = std::this_thread::get_id();
    ++take_overs;
    on_take_over();
  }

  // Tells whether this thread is in StartRead or StartWrite.
  static thread_local bool inside_call;
  // Another thread may call back: read the rest only after these have grown.
  std::atomic<int> reads{0};
  absl::Status read_status;
  std::string received;
  std::atomic<int> writes{0};
  absl::Status write_status;
  std::function<void()> on_write_done;
  std::atomic<int> turns{0};
  std::thread::id turn_thread;
  std::function<void()> on_take_over;
  std::atomic<int> take_overs{0};
  std::thread::id take_over_thread;
};
thread_local bool Observer::inside_call = false;

class IomgrEndpointTest : public ::testing::TestWithParam<EndpointKind> {
 protected:
  IomgrEndpointTest()
      : shared_(std::make_shared<SharedEndpoint>(
            EndpointFromFd(sockets_.polled(), GetParam()))),
        endpoint_(std::make_unique<IomgrEndpoint>(shared_, &clock_)) {
    endpoint_->SetObservers(&observer_, &observer_);
    shared_->AddToPollset(poller_.pollset());
  }

  ~IomgrEndpointTest() override {
    endpoint_.reset();
    shared_.reset();
  }

  void StartRead() {
    observer_.inside_call = true;
    endpoint_->StartRead();
    observer_.inside_call = false;
  }

  void StartWrite(const std::string& bytes) {
    write_ = SliceBuffer(Slice::FromCopy(bytes));
    observer_.inside_call = true;
    endpoint_->StartWrite(&write_);
    observer_.inside_call = false;
  }

  // More than both kernels' buffers hold.
  static std::string TooMuch() { return std::string(8 << 20, 'x'); }

  // It is destroyed last; what is stuck must not delay that.
  struct Grpc {
    Grpc() { grpc_init(); }
    ~Grpc() {
      const auto start = std::chrono::steady_clock::now();
      const auto bound = std::chrono::seconds(5);
      grpc_shutdown();
      while (grpc_is_initialized() &&
             std::chrono::steady_clock::now() - start < bound) {
        std::this_thread::yield();
      }
      grpc_maybe_wait_for_async_shutdown();
      EXPECT_LT(std::chrono::steady_clock::now() - start, bound);
    }
  } grpc_;
  grpc_core::ExecCtx exec_ctx_;
  TestPoller poller_;
  ConnectedSockets sockets_{ConnectedSockets::Kind::kTcpWithSmallBuffers};
  Observer observer_;
  SliceBuffer write_;  // the endpoint's, while a write is under way
  FakeClock clock_;
  std::shared_ptr<SharedEndpoint> shared_;
  std::unique_ptr<IomgrEndpoint> endpoint_;
};

TEST_P(IomgrEndpointTest, Reads) {
  StartRead();
  sockets_.Send("hello");
  ASSERT_TRUE(poller_.Until([&] { return observer_.reads == 1; }));
  EXPECT_TRUE(observer_.read_status.ok());
  EXPECT_EQ(observer_.received, "hello");
  sockets_.Send("again");
  StartRead();
  ASSERT_TRUE(poller_.Until([&] { return observer_.reads == 2; }));
  EXPECT_EQ(observer_.received, "helloagain");
  EXPECT_EQ(endpoint_->peer().substr(0, 5), "ipv4:");
}

TEST_P(IomgrEndpointTest, KnowsWhetherTheKernelHasUnsentBytes) {
  StartWrite("hello");
  EXPECT_EQ(sockets_.Receive(5), "hello");
  ASSERT_TRUE(poller_.Until([&] { return observer_.writes == 1; }));
  EXPECT_FALSE(endpoint_->HasUnsentBytes());
  EXPECT_TRUE(poller_.Until([&] { return endpoint_->KernelBytes() == 0; }));
  StartWrite(TooMuch());
  EXPECT_TRUE(endpoint_->HasUnsentBytes());
  EXPECT_GT(endpoint_->KernelBytes(), 0u);
  endpoint_->Shutdown(absl::UnavailableError("end of test"));
  EXPECT_TRUE(poller_.Until([&] { return observer_.writes == 2; }));
}

// Breaks (with EXPECT_FALSE(inside_call)) when iomgr's callback is handed on as
// it comes: a write that fits ends inside StartWrite.
TEST_P(IomgrEndpointTest, WritesAndSaysSoLater) {
  for (int i = 1; i <= 3; ++i) {
    StartWrite("hello");
    ASSERT_TRUE(poller_.Until([&] { return observer_.writes == i; }));
    EXPECT_TRUE(observer_.write_status.ok());
    EXPECT_EQ(sockets_.Receive(5), "hello");
  }
}

// Catches: a caller that is asked to write what it has handed over.
TEST_P(IomgrEndpointTest, AThreadWithoutCallsTakesOver) {
  observer_.on_take_over = [] {};
  EXPECT_EQ(endpoint_->HandOver(), kHasExecutor);
  if (!kHasExecutor) return;
  ASSERT_TRUE(poller_.Until([&] { return observer_.take_overs == 1; }));
  EXPECT_NE(observer_.take_over_thread, std::this_thread::get_id());
}

// Catches: a caller that writes for others as long as they have something, and
// does not get to its own call; and writes that count though they are no row.
TEST_P(IomgrEndpointTest, AThreadHandsOverALongRowOfWrites) {
  if (!kHasExecutor) GTEST_SKIP() << "this gRPC has no executor";
  constexpr int kWrites = 4;
  observer_.on_write_done = [&] { EXPECT_FALSE(endpoint_->MaybeHandOver()); };
  for (int i = 1; i <= kWrites; ++i) {
    StartWrite("hello");
    ASSERT_TRUE(poller_.Until([&] { return observer_.writes == i; }));
    clock_.Advance(IomgrEndpoint::kLongestRow);
  }
  int in_row = 0;
  observer_.on_write_done = [&] {
    ++in_row;
    EXPECT_EQ(endpoint_->MaybeHandOver(), in_row == 3);
    clock_.Advance(IomgrEndpoint::kLongestRow / 2);
    // The thread that has taken over goes on.
    if (in_row != 3 && in_row < 2 * kWrites) StartWrite("hello");
  };
  observer_.on_take_over = [&] {
    EXPECT_FALSE(endpoint_->MaybeHandOver());
    StartWrite("hello");
  };
  StartWrite("hello");
  ASSERT_TRUE(poller_.Until([&] { return observer_.writes == 3 * kWrites; }));
  EXPECT_EQ(observer_.take_overs, 1);
  EXPECT_NE(observer_.take_over_thread, std::this_thread::get_id());
}

// Catches: bulk whose writes wake another thread, though the peer is waited for
// anyway; and a thread that writes it for ever.
TEST_P(IomgrEndpointTest, AWriteThatHadToWaitBeginsALongerRow) {
  if (!kHasExecutor) GTEST_SKIP() << "this gRPC has no executor";
  const auto writes =
      IomgrEndpoint::kLongestRowAfterAWait / IomgrEndpoint::kLongestRow;
  std::promise<void> all_read;  // then no other write has to wait
  int in_row = 0;
  observer_.on_write_done = [&] {
    if (in_row == 0) all_read.get_future().wait();
    const bool hands_over = endpoint_->MaybeHandOver();
    EXPECT_EQ(hands_over, in_row == writes);
    ++in_row;
    clock_.Advance(IomgrEndpoint::kLongestRow);
    if (!hands_over) StartWrite("x");
  };
  observer_.on_take_over = [] {};
  StartWrite(TooMuch());
  exec_ctx_.Flush();
  std::thread peer([&] {
    sockets_.Receive(TooMuch().size());
    all_read.set_value();
  });
  EXPECT_TRUE(poller_.Until([&] { return observer_.take_overs == 1; }));
  peer.join();
}

TEST_P(IomgrEndpointTest, AStuckWriteEndsWhenThePeerReads) {
  StartWrite(TooMuch());
  exec_ctx_.Flush();
  EXPECT_EQ(observer_.writes, 0);
  std::thread peer([&] { sockets_.Receive(TooMuch().size()); });
  EXPECT_TRUE(poller_.Until([&] { return observer_.writes == 1; }));
  EXPECT_TRUE(observer_.write_status.ok());
  peer.join();
}

TEST_P(IomgrEndpointTest, OnlyAThreadThatPollsGivesTurns) {
  if (GetParam() == EndpointKind::kGrpcs) {
    EXPECT_FALSE(endpoint_->RequestTurn());
    return;
  }
  for (int i = 1; i <= 2; ++i) {
    ASSERT_TRUE(endpoint_->RequestTurn());
    ASSERT_TRUE(poller_.Until([&] { return observer_.turns == i; }));
    EXPECT_NE(observer_.turn_thread, std::this_thread::get_id());
  }
}

// Catches: a writer that keeps its role for ever, because its turn went with
// the socket.
TEST_P(IomgrEndpointTest, ATurnComesAlsoAfterShutdown) {
  const bool requested = endpoint_->RequestTurn();
  endpoint_->Shutdown(absl::UnavailableError("enough"));
  EXPECT_FALSE(requested &&
               !poller_.Until([&] { return observer_.turns == 1; }));
  if (GetParam() == EndpointKind::kIoLoop) {
    EXPECT_TRUE(requested);
    EXPECT_FALSE(endpoint_->RequestTurn());
  }
}

TEST_P(IomgrEndpointTest, ShutdownEndsBothWithItsReason) {
  StartRead();
  StartWrite(TooMuch());
  exec_ctx_.Flush();
  endpoint_->Shutdown(absl::UnavailableError("enough"));
  endpoint_->Shutdown(absl::UnavailableError("twice"));
  ASSERT_TRUE(poller_.Until(
      [&] { return observer_.reads == 1 && observer_.writes == 1; }));
  EXPECT_FALSE(observer_.read_status.ok());
  EXPECT_FALSE(observer_.write_status.ok());
}

TEST_P(IomgrEndpointTest, ThePeersEndIsAnError) {
  StartRead();
  shutdown(sockets_.polled(), SHUT_RD);
  ASSERT_TRUE(poller_.Until([&] { return observer_.reads == 1; }));
  EXPECT_FALSE(observer_.read_status.ok());
}

// Breaks when Abort is Shutdown: the kernel would go on sending.
TEST_P(IomgrEndpointTest, AbortThrowsAwayWhatIsNotSent) {
  StartWrite(TooMuch());
  exec_ctx_.Flush();
  endpoint_->Abort(absl::UnavailableError("enough"));
  ASSERT_TRUE(poller_.Until([&] { return observer_.writes == 1; }));
  endpoint_.reset();
  exec_ctx_.Flush();
  EXPECT_LT(sockets_.Receive(TooMuch().size()).size(), TooMuch().size());
  EXPECT_EQ(sockets_.end(), ECONNRESET);
}

// This is contract, 6. The option reads 0 where it is not set.
TEST_P(IomgrEndpointTest, TheKernelHoldsLittleThatIsUnsent) {
  int value = 0;
  socklen_t size = sizeof(value);
  ASSERT_EQ(getsockopt(sockets_.polled(), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                       &value, &size),
            0);
  EXPECT_GT(value, 0);
  EXPECT_LE(value, 64 * 1024);
}

// Breaks when the transport keeps the socket open as long as it lives itself,
// or uses an endpoint that is gone.
TEST_P(IomgrEndpointTest, TheSocketGoesWithTheConnectionsEndpoint) {
  bool notified = false;
  EXPECT_TRUE(shared_->NotifyWhenDestroyed([&] { notified = true; }));
  endpoint_.reset();
  exec_ctx_.Flush();
  EXPECT_TRUE(notified);
  EXPECT_TRUE(
      poller_.Until([&] { return fcntl(sockets_.polled(), F_GETFD) == -1; }));
  EXPECT_EQ(sockets_.Receive(1), "");
  EXPECT_EQ(sockets_.end(), 0);
  EXPECT_EQ(shared_->get(), nullptr);
  shared_->AddToPollset(poller_.pollset());
  EXPECT_EQ(shared_->peer().substr(0, 5), "ipv4:");
  EXPECT_FALSE(shared_->NotifyWhenDestroyed([] { FAIL(); }));
}

// A lingering connection relies on this: no thread polls here, as after the
// last channel of a process is gone.
TEST_P(IomgrEndpointTest, AStuckWriteIsPolledForWithoutUs) {
  StartWrite(TooMuch());
  exec_ctx_.Flush();
  ASSERT_EQ(observer_.writes, 0);
  EXPECT_EQ(sockets_.Receive(TooMuch().size()).size(), TooMuch().size());
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (observer_.writes == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_EQ(observer_.writes, 1);
}

// Breaks without AfterWritesThatWaited: 10 s.
TEST_P(IomgrEndpointTest, AnAbortedWriteDoesNotHoldUpGrpcsShutdown) {
  StartWrite(TooMuch());
  exec_ctx_.Flush();
  endpoint_->Abort(absl::UnavailableError("enough"));
  ASSERT_TRUE(poller_.Until([&] { return observer_.writes == 1; }));
  EXPECT_FALSE(observer_.write_status.ok());
  // The fixture's destructor does the rest.
}

INSTANTIATE_TEST_SUITE_P(
    EndpointKinds, IomgrEndpointTest, ::testing::ValuesIn(EndpointKinds()),
    [](const ::testing::TestParamInfo<EndpointKind>& info) {
      return info.param == EndpointKind::kGrpcs ? "Grpcs" : "IoLoop";
    });

}  // namespace
}  // namespace loopy
