#ifndef LOOPY_TRANSPORT_READER_PEER_LIMITS_H_
#define LOOPY_TRANSPORT_READER_PEER_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "transport/base/http2_error.h"

namespace loopy {

// Limits on frames that cost us work and carry no data. A peer that goes past a
// limit gets GOAWAY ENHANCE_YOUR_CALM. (HeaderBlockAssembler bounds header
// blocks.)
//
// Threads: the reader's only.
class PeerLimits {
 public:
  // Frames in a row that carry neither data nor an end: DATA without payload
  // and END_STREAM, PRIORITY.
  // (CVE-2019-9518)
  static constexpr uint32_t kMaxEmptyFrames = 10000;

  // ACKs of PINGs and SETTINGS of earlier reads that are still unwritten when a
  // read brings another one. What comes in one read is bounded by that read, so
  // a burst is no abuse. (nghttp2 and Envoy: 1,000)
  static constexpr size_t kMaxWaitingAcks = 1000;

  // The first PING or SETTINGS of a read came, and so many ACKs wait.
  Http2Error OnAckOwed(size_t waiting) const {
    if (waiting <= kMaxWaitingAcks) return Http2Error::Ok();
    return Http2Error::Connection(
        Http2ErrorCode::kEnhanceYourCalm,
        "the peer sends PINGs or SETTINGS without reading their ACKs");
  }

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
