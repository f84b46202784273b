#ifndef LOOPY_EXAMPLES_ECHO_SERVER_PROCESS_H_
#define LOOPY_EXAMPLES_ECHO_SERVER_PROCESS_H_

#include <sys/types.h>

#include <string>

namespace examples {

// A gRPC C++ server with the service Echo, in a process of its own that can be
// stopped. Create it before the program uses gRPC, because it forks.
class ServerProcess {
 public:
  ServerProcess();
  ~ServerProcess();

  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // The address that a client connects to.
  const std::string& target() const { return target_; }

  // From now on the server reads nothing and says nothing, like one that is
  // stuck. Only its kernel still takes a little.
  void Stop();
  // It goes on.
  void Continue();

 private:
  pid_t child_;
  std::string target_;
};

}  // namespace examples

#endif  // LOOPY_EXAMPLES_ECHO_SERVER_PROCESS_H_
