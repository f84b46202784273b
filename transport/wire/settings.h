#ifndef LOOPY_TRANSPORT_WIRE_SETTINGS_H_
#define LOOPY_TRANSPORT_WIRE_SETTINGS_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "transport/base/http2_constants.h"
#include "transport/base/http2_error.h"
#include "transport/wire/frame.h"

namespace loopy {

enum class SettingId : uint16_t {
  // RFC 9113 section 6.5.2 defines these.
  kHeaderTableSize = 0x1,
  kEnablePush = 0x2,
  kMaxConcurrentStreams = 0x3,
  kInitialWindowSize = 0x4,
  kMaxFrameSize = 0x5,
  kMaxHeaderListSize = 0x6,
  // GRPC_ALLOW_TRUE_BINARY_METADATA: the peer takes "-bin" values without
  // base64.
  kAllowTrueBinaryMetadata = 0xfe03,
};

// A Settings object has the settings of one side of a connection. A new one has
// the values that hold before any SETTINGS frame.
//
//   Settings peer;
//   Http2Error error = peer.Apply(frame);
//
//   Settings ours;
//   ours.enable_push = false;
//   SettingsFrame frame = ours.ToFrame();
struct Settings {
  uint32_t header_table_size = kDefaultHeaderTableSize;
  bool enable_push = true;
  absl::optional<uint32_t> max_concurrent_streams;  // unset: unlimited
  uint32_t initial_window_size = kDefaultWindow;
  uint32_t max_frame_size = kDefaultMaxFrameSize;
  absl::optional<uint32_t> max_header_list_size;  // unset: unlimited
  bool allow_true_binary_metadata = false;

  // Applies the settings of `frame` in their order and ignores unknown ones.
  // Changes nothing if it returns an error.
  Http2Error Apply(const SettingsFrame& frame);

  // Returns the settings that differ from those of a new object.
  SettingsFrame ToFrame() const;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_SETTINGS_H_
