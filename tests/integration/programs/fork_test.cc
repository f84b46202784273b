// fork() as far as gRPC C++ supports it: before gRPC is used. Afterwards a
// child's first call hangs over the built-in transport of both releases, with
// GRPC_ENABLE_FORK_SUPPORT too.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/integration/programs/program_test.h"
#include "tests/support/go_server.h"

namespace loopy {
namespace {

// The child's exit code; -1 if it does not end in 20 s.
int Await(pid_t child) {
  const absl::Time bound = absl::Now() + absl::Seconds(20);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (absl::Now() > bound) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

class ForkTest : public ProgramTest {
 protected:
  void StartServer() {
    auto server = GoServer::Start(GoServer::Security::kPlain);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<GoServer> server_;
};

// The transport is registered in the parent, and used in both.
TEST_P(ForkTest, BeforeGrpcIsUsed) {
  int target[2];
  ASSERT_EQ(pipe(target), 0);
  const pid_t child = fork();
  if (child == 0) {
    char text[64] = {};
    if (read(target[0], text, sizeof(text) - 1) <= 0) _exit(2);
    _exit(Call(NewChannel(std::string(text))).ok() ? 0 : 1);
  }
  StartServer();
  const std::string text = server_->target();
  ASSERT_EQ(write(target[1], text.data(), text.size()),
            static_cast<ssize_t>(text.size()));
  close(target[0]);
  close(target[1]);
  EXPECT_TRUE(Call(NewChannel(text)).ok());
  EXPECT_EQ(Await(child), 0);
}

LOOPY_OVER_BOTH_TRANSPORTS(ForkTest);

}  // namespace
}  // namespace loopy
