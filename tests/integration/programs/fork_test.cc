// fork() as far as gRPC C++ supports it: before gRPC is used. Afterwards a
// child's first call hangs over the built-in transport of both releases, with
// GRPC_ENABLE_FORK_SUPPORT too.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/program_test.h"
#include "tests/support/go_server.h"
#include "tests/support/subprocess.h"

namespace loopy {
namespace {

class ForkTest : public ProgramTest {
 protected:
  // Forks before gRPC is used. The child gets the target of the parent's server
  // and ends with the result of `in_child`.
  template <typename InChild>
  void ForkAndStartServer(const InChild& in_child) {
    int target[2];
    ASSERT_EQ(pipe(target), 0);
    child_ = fork();
    if (child_ == 0) {
      char text[64] = {};
      if (read(target[0], text, sizeof(text) - 1) <= 0) _exit(2);
      _exit(in_child(std::string(text)));
    }
    StartServer();
    const std::string text = server_->target();
    ASSERT_EQ(write(target[1], text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
    close(target[0]);
    close(target[1]);
  }

  // Ends the process in the usual way while calls end.
  [[noreturn]] void ExitWithCallsInFlight(const std::string& target) {
    constexpr int kCalls = 500;
    const auto channel = NewChannel(target);
    const auto stub = grpc::testing::TestService::NewStub(channel);
    grpc::testing::SimpleRequest request;
    std::vector<grpc::ClientContext> contexts(kCalls);
    std::vector<grpc::testing::SimpleResponse> responses(kCalls);
    absl::Notification first;
    std::atomic<int> ended{0};
    for (int i = 0; i < kCalls; ++i) {
      stub->async()->UnaryCall(&contexts[i], &request, &responses[i],
                               [&](const grpc::Status& status) {
                                 if (!status.ok()) _exit(3);
                                 if (ended++ == 0) first.Notify();
                               });
    }
    if (!first.WaitForNotificationWithTimeout(absl::Seconds(10))) _exit(4);
    exit(0);
  }

  void StartServer() {
    auto server = GoServer::Start(GoServer::Security::kPlain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<GoServer> server_;
  pid_t child_ = -1;
};

// The transport is registered in the parent, and used in both.
TEST_P(ForkTest, BeforeGrpcIsUsed) {
  ForkAndStartServer([this](const std::string& target) {
    return Call(NewChannel(target)).ok() ? 0 : 1;
  });
  EXPECT_TRUE(Call(NewChannel(server_->target())).ok());
  EXPECT_EQ(AwaitExit(child_, absl::Seconds(20)), 0);
}

// Catches: a thread of the transport's that uses what the end of a process has
// destroyed.
TEST_P(ForkTest, AProcessEndsWithCallsInFlight) {
  ForkAndStartServer([this](const std::string& target) {
    ExitWithCallsInFlight(target);
    return 5;
  });
  EXPECT_EQ(AwaitExit(child_, absl::Seconds(20)), 0);
}

LOOPY_OVER_BOTH_TRANSPORTS(ForkTest);

}  // namespace
}  // namespace loopy
