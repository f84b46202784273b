#ifndef LOOPY_TRANSPORT_READER_PEER_CLOSED_STREAMS_H_
#define LOOPY_TRANSPORT_READER_PEER_CLOSED_STREAMS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace loopy {

// The streams that the peer closed last, by END_STREAM or by RST_STREAM.
// HEADERS and DATA that it sends on them afterwards break the protocol, and are
// answered by RST_STREAM with STREAM_CLOSED. On a stream that we have closed
// they may have been under way, and are ignored (RFC 9113 section 5.1).
//
// The RFC allows an error of the connection as well. That would end other
// calls: gRPC C++'s server of 1.51 sends a call's trailers twice when its
// deadline passes (grpc#34565).
//
// Threads: the reader's only.
class PeerClosedStreams {
 public:
  // Streams that are remembered. Frames of older ones are ignored, which the
  // RFC allows for all.
  static constexpr size_t kKept = 32;

  // Each stream once.
  void Add(uint32_t id) { ids_[next_++ % kKept] = id; }

  bool Contains(uint32_t id) const {
    return std::find(ids_.begin(), ids_.end(), id) != ids_.end();
  }

 private:
  std::array<uint32_t, kKept> ids_ = {};
  size_t next_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_READER_PEER_CLOSED_STREAMS_H_
