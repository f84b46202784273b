#ifndef LOOPY_TRANSPORT_BASE_HTTP2_CONSTANTS_H_
#define LOOPY_TRANSPORT_BASE_HTTP2_CONSTANTS_H_

#include <cstdint>

namespace loopy {

// Values of RFC 9113 that more than one layer needs.

// Section 6.9.1: no flow-control window is ever larger.
inline constexpr uint32_t kMaxWindow = 0x7fffffff;
// Section 6.9.2: a window has this size until SETTINGS or WINDOW_UPDATE.
inline constexpr uint32_t kDefaultWindow = 65535;

// Section 6.5.2: SETTINGS_HEADER_TABLE_SIZE of a peer that says nothing.
inline constexpr uint32_t kDefaultHeaderTableSize = 4096;
// Section 6.5.2: SETTINGS_MAX_FRAME_SIZE of a peer that says nothing, which is
// also the least that it may say.
inline constexpr uint32_t kDefaultMaxFrameSize = 1 << 14;
// Section 6.5.2: the largest SETTINGS_MAX_FRAME_SIZE.
inline constexpr uint32_t kMaxMaxFrameSize = (1 << 24) - 1;

// Section 5.1.1: stream ids have 31 bits.
inline constexpr uint32_t kMaxStreamId = 0x7fffffff;

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_HTTP2_CONSTANTS_H_
