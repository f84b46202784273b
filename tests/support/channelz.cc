#include "tests/support/channelz.h"

#include <grpc/grpc.h>
#include <grpc/support/alloc.h>

#include <cstdlib>
#include <regex>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

std::string Take(char* json) {
  if (json == nullptr) return "";
  std::string text = json;
  gpr_free(json);
  return text;
}

// Returns the ids of that kind. 64-bit numbers are strings in proto's JSON.
std::vector<intptr_t> Ids(const std::string& json, absl::string_view name) {
  const std::regex pattern(absl::StrCat("\"", name, "\":\"([0-9]+)\""));
  std::vector<intptr_t> ids;
  for (std::sregex_iterator id(json.begin(), json.end(), pattern), end;
       id != end; ++id) {
    ids.push_back(std::atol((*id)[1].str().c_str()));
  }
  return ids;
}

}  // namespace

intptr_t LastSocketId() {
  intptr_t last = 0;
  const std::string channels = Take(grpc_channelz_get_top_channels(0));
  for (const intptr_t subchannel : Ids(channels, "subchannelId")) {
    const std::string sockets = Take(grpc_channelz_get_subchannel(subchannel));
    for (const intptr_t socket : Ids(sockets, "socketId")) {
      const std::string json = Take(grpc_channelz_get_socket(socket));
      if (absl::StrContains(json, "\"name\":\"loopy_http2 ")) last = socket;
    }
  }
  return last;
}

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
