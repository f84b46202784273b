#include "interop/client/socket_watch.h"

#include <dirent.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace loopy {
namespace interop {
namespace {

// A row of /proc/net/tcp (proc(5)).
struct Row {
  std::string remote_port;  // four hexadecimal digits
  std::string inode;        // "0": no process has the socket
};

std::vector<Row> ReadTcpTables() {
  constexpr size_t kRemote = 2;
  constexpr size_t kInode = 9;
  std::vector<Row> rows;
  for (const char* path : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);  // the titles
    while (std::getline(file, line)) {
      const std::vector<absl::string_view> fields =
          absl::StrSplit(line, ' ', absl::SkipEmpty());
      if (fields.size() <= kInode) continue;
      const std::pair<absl::string_view, absl::string_view> remote =
          absl::StrSplit(fields[kRemote], ':');
      rows.push_back({std::string(remote.second), std::string(fields[kInode])});
    }
  }
  return rows;
}

std::set<std::string> InodesOfThisProcess() {
  std::set<std::string> inodes;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return inodes;
  while (const dirent* entry = readdir(folder)) {
    std::array<char, 64> link = {};
    const std::string path = absl::StrCat("/proc/self/fd/", entry->d_name);
    const ssize_t size = readlink(path.c_str(), link.data(), link.size());
    if (size <= 0) continue;
    absl::string_view target(link.data(), static_cast<size_t>(size));
    if (absl::ConsumePrefix(&target, "socket:[") &&
        absl::ConsumeSuffix(&target, "]")) {
      inodes.emplace(target);
    }
  }
  closedir(folder);
  return inodes;
}

}  // namespace

SocketWatch::SocketWatch(std::set<std::string> inodes)
    : inodes_(std::move(inodes)) {}

absl::StatusOr<SocketWatch> SocketWatch::OfPeer(uint16_t remote_port) {
  const std::string port = absl::StrFormat("%04X", remote_port);
  const std::set<std::string> ours = InodesOfThisProcess();
  std::set<std::string> inodes;
  for (const Row& row : ReadTcpTables()) {
    if (row.remote_port == port && ours.count(row.inode) != 0) {
      inodes.insert(row.inode);
    }
  }
  if (inodes.empty()) {
    return absl::NotFoundError(
        absl::StrCat("this process has no connection to port ", remote_port));
  }
  return SocketWatch(std::move(inodes));
}

bool SocketWatch::Gone() const {
  for (const Row& row : ReadTcpTables()) {
    if (inodes_.count(row.inode) != 0) return false;
  }
  return true;
}

uint16_t PortOf(absl::string_view target) {
  const size_t colon = target.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos ||
      !absl::SimpleAtoi(target.substr(colon + 1), &port) || port > 65535) {
    return 0;
  }
  return static_cast<uint16_t>(port);
}

}  // namespace interop
}  // namespace loopy
