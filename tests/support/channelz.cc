#include "tests/support/channelz.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <cstdlib>
#include <regex>

#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

std::string Take(char* json) {
  if (json == nullptr) return "";
  std::string text = json;
  gpr_free(json);
  return text;
}

// Returns the last id of that kind, or 0. 64-bit numbers are strings in proto's
// JSON.
intptr_t LastId(const std::string& json, absl::string_view name) {
  const std::string key = absl::StrCat("\"", name, "\":\"");
  const size_t found = json.rfind(key);
  if (found == std::string::npos) return 0;
  return std::atol(json.c_str() + found + key.size());
}

intptr_t LastSocketId() {
  const std::string channels = Take(grpc_channelz_get_top_channels(0));
  return LastId(
      Take(grpc_channelz_get_subchannel(LastId(channels, "subchannelId"))),
      "socketId");
}

}  // namespace

std::string LastSocket() {
  return Take(grpc_channelz_get_socket(LastSocketId()));
}

std::string LastSocketWithAllData() {
  return SocketWithAllData(LastSocketId());
}

absl::optional<int64_t> ChannelzFigure(const std::string& socket,
                                       absl::string_view name) {
  // An option {"name":"loopy.x","value":"1"} in 1.51, a field "x":1 in 1.83.
  const std::regex pattern(
      absl::StrCat("[\".]", name, "\"(?:,\"value\")?:\"?([0-9]+)"));
  std::smatch match;
  if (!std::regex_search(socket, match, pattern)) return absl::nullopt;
  return std::atoll(match[1].str().c_str());
}

}  // namespace loopy
