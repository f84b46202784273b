#ifndef LOOPY_TRANSPORT_WIRE_FRAME_HEADER_H_
#define LOOPY_TRANSPORT_WIRE_FRAME_HEADER_H_

#include <cstdint>

#include "transport/base/http2_error.h"
#include "transport/wire/byte_order.h"
#include "transport/wire/frame.h"

namespace loopy {

inline constexpr uint32_t kPrioritySize = 5;

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
inline FrameHeader ReadFrameHeader(const uint8_t* bytes) {
  FrameHeader header;
  header.length = ReadUint24(bytes);
  header.type = static_cast<FrameType>(bytes[3]);
  header.flags = bytes[4];
  header.stream_id = ReadUint32(bytes + 5) & kMaxStreamId;
  return header;
}
void WriteFrameHeader(const FrameHeader& header, uint8_t* bytes);

// Returns the size of the payload's fields before its body: pad length,
// priority, promised stream.
inline uint32_t PrefixSize(const FrameHeader& header) {
  const uint32_t pad_length = header.has(kFlagPadded) ? 1 : 0;
  switch (header.type) {
    case FrameType::kData:
      return pad_length;
    case FrameType::kHeaders:
      return pad_length + (header.has(kFlagPriority) ? kPrioritySize : 0);
    case FrameType::kPushPromise:
      return pad_length + 4;  // the promised stream id
    case FrameType::kPriority:
    case FrameType::kRstStream:
    case FrameType::kSettings:
    case FrameType::kPing:
    case FrameType::kGoAway:
    case FrameType::kWindowUpdate:
    case FrameType::kContinuation:
      return 0;
  }
  return 0;  // unknown type
}

// Checks the type's rules for stream id and length (RFC 9113 sections 4.2 and
// 6). Rules for the payload's content are checked elsewhere.
Http2Error CheckFrameHeader(const FrameHeader& header, uint32_t max_frame_size);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_FRAME_HEADER_H_
