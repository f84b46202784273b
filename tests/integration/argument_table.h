#ifndef LOOPY_TESTS_INTEGRATION_ARGUMENT_TABLE_H_
#define LOOPY_TESTS_INTEGRATION_ARGUMENT_TABLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace loopy {

// The channel arguments that the built-in client transport, its connector and
// its endpoints read in gRPC 1.51.1 and 1.83.0, and what this transport makes
// of them. docs/channel_arguments.md shows this table; a test compares them.
struct ArgumentRow {
  absl::string_view name;
  absl::string_view releases;  // "1.51, 1.83" or one of them
  // "yes", "otherwise", "no", "server" (a server's, which clients ignore) or
  // "grpc" (code of gRPC's that both transports share reads it).
  absl::string_view honoured;
  absl::string_view remark;
  // The test that sees the effect from outside: in frames that a server got,
  // statuses of calls, sockets, or channelz. Its file, and "Suite.Case".
  absl::string_view file = "";
  absl::string_view test = "";
};

const std::vector<ArgumentRow>& ArgumentTable();

// The table in Markdown.
std::string RenderArgumentTable();

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_ARGUMENT_TABLE_H_
