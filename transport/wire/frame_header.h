#ifndef LOOPY_TRANSPORT_WIRE_FRAME_HEADER_H_
#define LOOPY_TRANSPORT_WIRE_FRAME_HEADER_H_

#include <cstdint>

#include "transport/base/http2_error.h"
#include "transport/wire/frame.h"

namespace loopy {

// A FrameHeader is the 9 bytes before each frame's payload (RFC 9113 section
// 4.1).
struct FrameHeader {
  uint32_t length = 0;                // of the payload; 24 bits
  FrameType type = FrameType::kData;  // may have no name in FrameType
  uint8_t flags = 0;
  uint32_t stream_id = 0;  // 31 bits: the reserved bit is dropped

  bool has(uint8_t flag) const { return (flags & flag) != 0; }
};

// Both use the kFrameHeaderSize bytes at `bytes`.
FrameHeader ReadFrameHeader(const uint8_t* bytes);
void WriteFrameHeader(const FrameHeader& header, uint8_t* bytes);

// Returns the size of the payload's fields before its body: pad length,
// priority, promised stream.
uint32_t PrefixSize(const FrameHeader& header);

// Checks the type's rules for stream id and length (RFC 9113 sections 4.2 and
// 6). Rules for the payload's content are checked elsewhere.
Http2Error CheckFrameHeader(const FrameHeader& header, uint32_t max_frame_size);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_FRAME_HEADER_H_
