#ifndef LOOPY_TESTS_INTEGRATION_SUBPROCESS_H_
#define LOOPY_TESTS_INTEGRATION_SUBPROCESS_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopy {

// A program that a test started, with its standard input and output.
//
// Example:
//   auto child = Subprocess::Start({"program", "--flag"});
//   auto line = (*child)->ReadLine(absl::Seconds(5));
//   (*child)->CloseStdin();
//   auto exit_code = (*child)->Wait(absl::Seconds(5));
//
// Lifetime: the destructor closes its standard input, and kills it if it does
// not end then. Threads: one.
class Subprocess {
 public:
  enum class Stderr {
    kInherited,
    // Into what ReadLine and ReadAll give.
    kWithStdout,
  };

  // argv[0] is a path. `environment` is added to the test's own.
  static absl::StatusOr<std::unique_ptr<Subprocess>> Start(
      const std::vector<std::string>& argv, Stderr where = Stderr::kInherited,
      const std::map<std::string, std::string>& environment = {});
  ~Subprocess();

  Subprocess(const Subprocess&) = delete;
  Subprocess& operator=(const Subprocess&) = delete;

  // A line without its end, or everything up to the end of the output. Each
  // fails if that takes longer than `bound`.
  absl::StatusOr<std::string> ReadLine(absl::Duration bound);
  absl::StatusOr<std::string> ReadAll(absl::Duration bound);

  void CloseStdin();

  // Its exit code; 128 plus the signal that ended it, as shells have it. Fails
  // if it still runs after `bound`.
  absl::StatusOr<int> Wait(absl::Duration bound);

 private:
  Subprocess(pid_t pid, int stdin_fd, int stdout_fd);

  // Reads more output into buffer_; false at its end.
  absl::StatusOr<bool> ReadMore(absl::Time deadline);

  const pid_t pid_;
  int stdin_fd_;
  const int stdout_fd_;
  std::string buffer_;
  bool reaped_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_SUBPROCESS_H_
