#ifndef LOOPY_TESTS_SUPPORT_SUBPROCESS_H_
#define LOOPY_TESTS_SUPPORT_SUBPROCESS_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopy {

// Runs a program, with pipes to its standard input and from its output.
//
// Example:
//   auto child = Subprocess::Start({"program", "--flag"});
//   auto line = (*child)->ReadLine(absl::Seconds(5));
//   (*child)->CloseStdin();
//   auto exit_code = (*child)->Wait(absl::Seconds(5));
//
// The destructor closes the program's standard input, and kills the program if
// it does not end then. One thread uses the object.
class Subprocess {
 public:
  enum class Stderr {
    kInherited,
    // ReadLine and ReadAll return it too.
    kWithStdout,
  };

  // argv[0] is a path. `environment` is added to this process's own.
  static absl::StatusOr<std::unique_ptr<Subprocess>> Start(
      const std::vector<std::string>& argv, Stderr where = Stderr::kInherited,
      const std::map<std::string, std::string>& environment = {});
  ~Subprocess();

  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  // Return a line without its newline, or everything up to the end of the
  // output. Each fails if that takes longer than `bound`.
  absl::StatusOr<std::string> ReadLine(absl::Duration bound);
  absl::StatusOr<std::string> ReadAll(absl::Duration bound);

  void CloseStdin();

  // Returns the exit code, or 128 plus the signal that ended the program, as
  // shells do. Fails if the program still runs after `bound`.
  absl::StatusOr<int> Wait(absl::Duration bound);

 private:
  Subprocess(pid_t pid, int stdin_fd, int stdout_fd);

  // Reads more output into buffer_. Returns false at the output's end.
  absl::StatusOr<bool> ReadMore(absl::Time deadline);

  const pid_t pid_;
  int stdin_fd_;
  const int stdout_fd_;
  std::string buffer_;
  bool reaped_ = false;
};

// Returns the exit code of a child of fork(), as Subprocess::Wait does; -1 if
// it still runs after `bound`, and is killed.
int AwaitExit(pid_t child, absl::Duration bound);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_SUBPROCESS_H_
