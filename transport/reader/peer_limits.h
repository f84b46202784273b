#ifndef LOOPY_TRANSPORT_READER_PEER_LIMITS_H_
#define LOOPY_TRANSPORT_READER_PEER_LIMITS_H_

#include <cstdint>

#include "transport/base/http2_error.h"

namespace loopy {

// What a peer may do that costs us work and brings nobody anything. A peer that
// goes past a limit gets GOAWAY ENHANCE_YOUR_CALM. (What waits to be written is
// bounded by ControlBuffer, header blocks by HeaderBlockAssembler.)
//
// Threads: the reader's only.
class PeerLimits {
 public:
  // Frames in a row that carry neither data nor an end: DATA without payload
  // and END_STREAM, PRIORITY.
  // (CVE-2019-9518)
  static constexpr uint32_t kMaxEmptyFrames = 10000;

  // A frame that carried nothing.
  Http2Error OnEmptyFrame() {
    if (++empty_frames_ <= kMaxEmptyFrames) return Http2Error::Ok();
    return Http2Error::Connection(
        Http2ErrorCode::kEnhanceYourCalm,
        "the peer sends too many frames that carry nothing");
  }
  // A frame that carried something.
  void OnUsefulFrame() { empty_frames_ = 0; }

 private:
  uint32_t empty_frames_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_READER_PEER_LIMITS_H_
