#ifndef LOOPY_TRANSPORT_WIRE_FRAME_H_
#define LOOPY_TRANSPORT_WIRE_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "transport/base/http2_constants.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"

namespace loopy {

// RFC 9113 section 6 defines these types.
enum class FrameType : uint8_t {
  kData = 0x0,
  kHeaders = 0x1,
  kPriority = 0x2,
  kRstStream = 0x3,
  kSettings = 0x4,
  kPushPromise = 0x5,
  kPing = 0x6,
  kGoAway = 0x7,
  kWindowUpdate = 0x8,
  kContinuation = 0x9,
};

constexpr uint8_t kFlagEndStream = 0x1;   // DATA, HEADERS
constexpr uint8_t kFlagAck = 0x1;         // SETTINGS, PING
constexpr uint8_t kFlagEndHeaders = 0x4;  // HEADERS, PUSH_PROMISE, CONTINUATION
constexpr uint8_t kFlagPadded = 0x8;      // DATA, HEADERS, PUSH_PROMISE
constexpr uint8_t kFlagPriority = 0x20;   // HEADERS

constexpr size_t kFrameHeaderSize = 9;  // RFC 9113 section 4.1

// A client sends this first (RFC 9113 section 3.4).
constexpr absl::string_view kConnectionPreface =
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// These structs are frames after parsing: padding and priorities are gone, and
// every stream id is one that the frame's type allows.

// DATA and HEADERS have constructors, since a Frame zeroes an aggregate before
// it makes one in place: 300 bytes with a SliceBuffer.

struct DataFrame {
  DataFrame(uint32_t id, bool ends, SliceBuffer&& bytes, uint32_t size)
      : stream_id(id),
        end_stream(ends),
        payload(std::move(bytes)),
        flow_controlled_size(size) {}

  uint32_t stream_id;
  bool end_stream;
  SliceBuffer payload;
  // These bytes count against the windows: payload, padding and its length
  // byte.
  uint32_t flow_controlled_size;
};

struct HeadersFrame {
  HeadersFrame(uint32_t id, bool ends, bool ends_block, SliceBuffer&& fragment)
      : stream_id(id),
        end_stream(ends),
        end_headers(ends_block),
        block_fragment(std::move(fragment)) {}

  uint32_t stream_id;
  bool end_stream;
  bool end_headers;
  SliceBuffer block_fragment;
};

// PRIORITY is deprecated (RFC 9113 section 5.3.2): its content is dropped.
struct PriorityFrame {
  uint32_t stream_id = 0;
};

struct RstStreamFrame {
  uint32_t stream_id = 0;
  Http2ErrorCode code = Http2ErrorCode::kNoError;
};

struct Setting {
  uint16_t id = 0;
  uint32_t value = 0;
};

// The settings are in the order of the wire, with unknown and repeated ones.
struct SettingsFrame {
  bool ack = false;
  absl::InlinedVector<Setting, 6> settings;
};

struct PushPromiseFrame {
  uint32_t stream_id = 0;
  uint32_t promised_stream_id = 0;
  bool end_headers = false;
  SliceBuffer block_fragment;
};

struct PingFrame {
  bool ack = false;
  uint64_t opaque = 0;
};

struct GoAwayFrame {
  uint32_t last_stream_id = 0;
  Http2ErrorCode code = Http2ErrorCode::kNoError;
  std::string debug_data;  // truncated if it is long
};

struct WindowUpdateFrame {
  uint32_t stream_id = 0;  // 0: the connection
  uint32_t increment = 0;
};

struct ContinuationFrame {
  uint32_t stream_id = 0;
  bool end_headers = false;
  SliceBuffer block_fragment;
};

using Frame =
    std::variant<DataFrame, HeadersFrame, PriorityFrame, RstStreamFrame,
                 SettingsFrame, PushPromiseFrame, PingFrame, GoAwayFrame,
                 WindowUpdateFrame, ContinuationFrame>;

// Returns the RFC's name, such as "DATA", or "UNKNOWN(0x17)".
std::string FrameTypeName(FrameType type);

// Returns a text for traces: "DATA stream 1, 16384 bytes, END_STREAM".
std::string DescribeFrame(const Frame& frame);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_FRAME_H_
