#include "examples/echo/server_process.h"

#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "examples/echo/echo_server.h"

namespace examples {
namespace {

// So much may a client send before the server has read it: more than the
// kernels of both ends hold.
constexpr int kWindowBytes = 64 << 20;

// Serves until the process is killed. Writes its port into `pipe`.
[[noreturn]] void Serve(int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  EchoService service(/*failing_calls=*/0);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES,
                             kWindowBytes);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (write(pipe, &port, sizeof(port)) != sizeof(port)) _exit(1);
  server->Wait();
  _exit(0);
}

}  // namespace

ServerProcess::ServerProcess() {
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  child_ = fork();
  if (child_ == 0) Serve(ends[1]);
  int port = 0;
  if (child_ < 0 || read(ends[0], &port, sizeof(port)) != sizeof(port)) {
    std::abort();
  }
  close(ends[0]);
  close(ends[1]);
  target_ = "127.0.0.1:" + std::to_string(port);
}

ServerProcess::~ServerProcess() {
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
}

void ServerProcess::Stop() {
  kill(child_, SIGSTOP);
  waitpid(child_, nullptr, WUNTRACED);  // until all its threads have stopped
}

void ServerProcess::Continue() { kill(child_, SIGCONT); }

}  // namespace examples
