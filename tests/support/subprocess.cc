#include "tests/support/subprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace loopy {
namespace {

constexpr absl::Duration kEndBound = absl::Seconds(5);

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<char*> Pointers(std::vector<std::string>* strings) {
  std::vector<char*> pointers;
  for (std::string& string : *strings) pointers.push_back(&string[0]);
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentWith(
    std::map<std::string, std::string> variables) {
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  std::vector<std::string> entries;
  for (const auto& variable : variables) {
    entries.push_back(absl::StrCat(variable.first, "=", variable.second));
  }
  return entries;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Subprocess>> Subprocess::Start(
    const std::vector<std::string>& argv, Stderr where,
    const std::map<std::string, std::string>& environment) {
  int in[2];
  int out[2];
  // O_CLOEXEC keeps these ends out of other children.
  if (pipe2(in, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  if (pipe2(out, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "pipe2");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  if (where == Stderr::kWithStdout) {
    posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
  }
  std::vector<std::string> arguments = argv;
  std::vector<std::string> variables = EnvironmentWith(environment);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, argv[0].c_str(), &actions, nullptr,
                  Pointers(&arguments).data(), Pointers(&variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  if (error != 0) {
    close(in[1]);
    close(out[0]);
    return absl::ErrnoToStatus(error, argv[0]);
  }
  return std::unique_ptr<Subprocess>(new Subprocess(pid, in[1], out[0]));
}

Subprocess::Subprocess(pid_t pid, int stdin_fd, int stdout_fd)
    : pid_(pid), stdin_fd_(stdin_fd), stdout_fd_(stdout_fd) {}

Subprocess::~Subprocess() {
  CloseStdin();
  if (!reaped_ && !Wait(kEndBound).ok()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(stdout_fd_);
}

absl::StatusOr<bool> Subprocess::ReadMore(absl::Time deadline) {
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  pollfd readable = {stdout_fd_, POLLIN, 0};
  const int ready =
      poll(&readable, 1, static_cast<int>(std::max<int64_t>(left, 0)));
  if (ready < 0) return absl::ErrnoToStatus(errno, "poll");
  if (ready == 0) {
    return absl::DeadlineExceededError(
        absl::StrCat("the program's output has not ended; so far: ", buffer_));
  }
  char bytes[4096];
  const ssize_t size = read(stdout_fd_, bytes, sizeof(bytes));
  if (size < 0) return absl::ErrnoToStatus(errno, "read");
  buffer_.append(bytes, static_cast<size_t>(size));
  return size > 0;
}

absl::StatusOr<std::string> Subprocess::ReadLine(absl::Duration bound) {
  const absl::Time deadline = absl::Now() + bound;
  size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    const auto more = ReadMore(deadline);
    if (!more.ok()) return more.status();
    if (!*more) {
      return absl::OutOfRangeError(
          absl::StrCat("the program's output ended with: ", buffer_));
    }
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

absl::StatusOr<std::string> Subprocess::ReadAll(absl::Duration bound) {
  const absl::Time deadline = absl::Now() + bound;
  while (true) {
    const auto more = ReadMore(deadline);
    if (!more.ok()) return more.status();
    if (!*more) return std::exchange(buffer_, std::string());
  }
}

void Subprocess::CloseStdin() {
  if (stdin_fd_ < 0) return;
  close(stdin_fd_);
  stdin_fd_ = -1;
}

absl::StatusOr<int> Subprocess::Wait(absl::Duration bound) {
  const absl::Time deadline = absl::Now() + bound;
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(pid_, &status, WNOHANG)) == 0) {
    if (absl::Now() > deadline) {
      return absl::DeadlineExceededError(absl::StrCat(
          "the program still runs after ", absl::FormatDuration(bound)));
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  if (ended < 0) return absl::ErrnoToStatus(errno, "waitpid");
  reaped_ = true;
  return ExitCode(status);
}

int AwaitExit(pid_t child, absl::Duration bound) {
  const absl::Time deadline = absl::Now() + bound;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (absl::Now() > deadline) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return -1;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  return ExitCode(status);
}

}  // namespace loopy
