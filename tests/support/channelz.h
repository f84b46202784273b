#ifndef LOOPY_TESTS_SUPPORT_CHANNELZ_H_
#define LOOPY_TESTS_SUPPORT_CHANNELZ_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace loopy {

// These return the JSON of gRPC's channelz for the socket of the last channel
// that uses this transport: as version 1 of the protocol has it, and with all
// data. In gRPC 1.51 that is the same.
std::string LastSocket();
std::string LastSocketWithAllData();

// Returns 0 if there is none.
intptr_t LastSocketId();

// Returns the figure of that name that the transport has added, such as
// "queued_bytes"; nothing if there is none.
absl::optional<int64_t> ChannelzFigure(const std::string& socket,
                                       absl::string_view name);

// The JSON of a socket with all data. The release defines it.
std::string SocketWithAllData(intptr_t id);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_CHANNELZ_H_
