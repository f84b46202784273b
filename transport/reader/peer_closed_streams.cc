#include "transport/reader/peer_closed_streams.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace loopy {

Http2Error PeerClosedStreams::OnFrame(uint32_t id) const {
  for (const uint32_t entry : entries_) {
    if (entry >> 1 != id) continue;
    if ((entry & 1) == 0) {
      return Http2Error::Connection(
          Http2ErrorCode::kStreamClosed,
          absl::StrCat("a frame of stream ", id, " after its END_STREAM"));
    }
    return Http2Error::Stream(
        id, Http2ErrorCode::kStreamClosed, absl::StatusCode::kInternal,
        absl::StrCat("a frame of stream ", id, " after its RST_STREAM"));
  }
  return Http2Error::Ok();
}

}  // namespace loopy
