#ifndef LOOPY_TRANSPORT_READER_PEER_CLOSED_STREAMS_H_
#define LOOPY_TRANSPORT_READER_PEER_CLOSED_STREAMS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "transport/base/http2_error.h"

namespace loopy {

// The streams that the peer closed last. HEADERS and DATA that it sends on them
// afterwards break the protocol. On a stream that we have closed they may have
// been under way, and are ignored (RFC 9113 section 5.1).
//
//   closed.Add(id, PeerClosedStreams::How::kEndStream);
//   Http2Error error = closed.OnFrame(id);  // HEADERS or DATA
//
// Threads: the reader's only.
class PeerClosedStreams {
 public:
  // Streams that are remembered. Frames of older ones are ignored, which the
  // RFC allows for all.
  static constexpr size_t kKept = 32;

  enum class How { kEndStream, kReset };

  // Each stream once.
  void Add(uint32_t id, How how) {
    entries_[next_++ % kKept] = id << 1 | (how == How::kReset ? 1 : 0);
  }

  bool Contains(uint32_t id) const { return !OnFrame(id).ok(); }

  // STREAM_CLOSED, of the connection after END_STREAM, of the stream after
  // RST_STREAM. OK if the peer is not known to have closed the stream.
  Http2Error OnFrame(uint32_t id) const;

 private:
  std::array<uint32_t, kKept> entries_ = {};  // id * 2, + 1 if it was reset
  size_t next_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_READER_PEER_CLOSED_STREAMS_H_
