#include "transport/releases/v1_83/io_loop_endpoint.h"

#include <grpc/grpc.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/event_engine/query_extensions.h"
#include "src/core/lib/event_engine/tcp_socket_utils.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/resource_quota/resource_quota.h"
#include "tests/io_loop/connected_sockets.h"
#include "transport/adapter/release.h"

namespace loopy {
namespace {

using grpc_event_engine::experimental::EndpointSupportsFdExtension;
using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::QueryExtension;
using grpc_event_engine::experimental::ResolvedAddressToURI;
using grpc_event_engine::experimental::SliceBuffer;

// Somebody waits for it, for at most 10 s.
template <typename T>
class Result {
 public:
  void Set(T value) { promise_.set_value(std::move(value)); }
  bool Wait() {
    return future_.wait_for(std::chrono::seconds(10)) ==
           std::future_status::ready;
  }
  T Take() { return future_.get(); }

 private:
  std::promise<T> promise_;
  std::future<T> future_ = promise_.get_future();
};

class IoLoopEndpointTest : public ::testing::Test {
 protected:
  IoLoopEndpointTest()
      : args_(grpc_core::ChannelArgs().SetObject(
            grpc_core::ResourceQuota::Default())),
        endpoint_(IoLoopEndpoint::Create(sockets_.polled(),
                                         MakeMemoryOwner(args_, "test"))) {}

  // gRPC ends when the last endpoint is closed.
  struct Grpc {
    Grpc() { grpc_init(); }
    ~Grpc() { grpc_shutdown(); }
  } grpc_;
  ConnectedSockets sockets_{ConnectedSockets::Kind::kTcp};
  const grpc_core::ChannelArgs args_;
  std::unique_ptr<IoLoopEndpoint> endpoint_;
};

TEST_F(IoLoopEndpointTest, KnowsItsAddresses) {
  const auto peer = ResolvedAddressToURI(endpoint_->GetPeerAddress());
  const auto local = ResolvedAddressToURI(endpoint_->GetLocalAddress());
  ASSERT_TRUE(peer.ok() && local.ok());
  EXPECT_EQ(peer->substr(0, 15), "ipv4:127.0.0.1:");
  EXPECT_EQ(local->substr(0, 15), "ipv4:127.0.0.1:");
  EXPECT_NE(*peer, *local);
}

// Catches: a callback without an ExecCtx, which gRPC's own closures want.
TEST_F(IoLoopEndpointTest, ACallbackHasAnExecCtx) {
  Result<bool> has_exec_ctx;
  SliceBuffer buffer;
  EXPECT_FALSE(endpoint_->Read(
      [&](absl::Status status) {
        EXPECT_TRUE(status.ok()) << status;
        has_exec_ctx.Set(grpc_core::ExecCtx::Get() != nullptr);
      },
      &buffer, EventEngine::Endpoint::ReadArgs()));
  sockets_.Send("hello");
  ASSERT_TRUE(has_exec_ctx.Wait());
  EXPECT_TRUE(has_exec_ctx.Take());
  EXPECT_EQ(buffer.Length(), 5u);
}

// Catches: a closure of gRPC's that runs without an ExecCtx.
TEST_F(IoLoopEndpointTest, RunsAClosureOnItsPoller) {
  Result<bool> has_exec_ctx;
  grpc_closure closure;
  GRPC_CLOSURE_INIT(
      &closure,
      [](void* result, grpc_error_handle) {
        static_cast<Result<bool>*>(result)->Set(grpc_core::ExecCtx::Get() !=
                                                nullptr);
      },
      &has_exec_ctx, nullptr);
  auto* const extension = static_cast<IoLoopEndpoint*>(
      endpoint_->QueryExtension(IoLoopEndpoint::kExtensionName));
  ASSERT_EQ(extension, endpoint_.get());
  EXPECT_TRUE(extension->RunOnPollingThread(&closure));
  ASSERT_TRUE(has_exec_ctx.Wait());
  EXPECT_TRUE(has_exec_ctx.Take());
}

// Catches: an operation that its endpoint's end forgets.
TEST_F(IoLoopEndpointTest, ItsEndEndsItsOperations) {
  Result<absl::Status> read;
  Result<absl::Status> written;
  SliceBuffer read_buffer;
  SliceBuffer write_buffer;
  write_buffer.Append(grpc_event_engine::experimental::Slice::FromCopiedString(
      std::string(8 << 20, 'x')));
  endpoint_->Read([&](absl::Status status) { read.Set(status); }, &read_buffer,
                  EventEngine::Endpoint::ReadArgs());
  ASSERT_FALSE(
      endpoint_->Write([&](absl::Status status) { written.Set(status); },
                       &write_buffer, EventEngine::Endpoint::WriteArgs()));
  endpoint_.reset();
  ASSERT_TRUE(read.Wait());
  ASSERT_TRUE(written.Wait());
  EXPECT_FALSE(read.Take().ok());
  EXPECT_FALSE(written.Take().ok());
}

// Catches: a socket that is closed although its receiver has it, and operations
// that never end afterwards.
TEST_F(IoLoopEndpointTest, ShutdownReleasesTheSocket) {
  auto* const with_fd =
      QueryExtension<EndpointSupportsFdExtension>(endpoint_.get());
  ASSERT_NE(with_fd, nullptr);
  EXPECT_EQ(with_fd->GetWrappedFd(), sockets_.polled());
  Result<int> released;
  with_fd->Shutdown(
      [&](absl::StatusOr<int> fd) { released.Set(fd.value_or(-1)); });
  ASSERT_TRUE(released.Wait());
  const int fd = released.Take();
  ASSERT_EQ(fd, sockets_.polled());
  Result<absl::Status> read;
  SliceBuffer buffer;
  EXPECT_FALSE(endpoint_->Read([&](absl::Status status) { read.Set(status); },
                               &buffer, EventEngine::Endpoint::ReadArgs()));
  ASSERT_TRUE(read.Wait());
  EXPECT_FALSE(read.Take().ok());
  endpoint_.reset();
  EXPECT_EQ(send(fd, "x", 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(sockets_.Receive(1), "x");
  close(fd);
}

}  // namespace
}  // namespace loopy
