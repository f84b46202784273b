#ifndef LOOPY_TRANSPORT_WIRE_FRAME_WRITER_H_
#define LOOPY_TRANSPORT_WIRE_FRAME_WRITER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/wire/frame.h"
#include "transport/wire/output_buffer.h"

namespace loopy {

// Each function appends the bytes of a frame to `out`. The caller is
// responsible for ids and sizes that RFC 9113 allows.

void WritePreface(OutputBuffer* out);

// Moves `n` bytes out of `payload`. Requires n <= payload->size() and n <= the
// peer's SETTINGS_MAX_FRAME_SIZE.
void WriteData(uint32_t stream_id, bool end_stream, SliceBuffer* payload,
               size_t n, OutputBuffer* out);

// Writes HEADERS, and CONTINUATION if the block is larger than a frame may be.
void WriteHeaders(uint32_t stream_id, bool end_stream, absl::string_view block,
                  uint32_t max_frame_size, OutputBuffer* out);

void WriteRstStream(uint32_t stream_id, Http2ErrorCode code, OutputBuffer* out);
void WriteSettings(const SettingsFrame& frame, OutputBuffer* out);
void WriteSettingsAck(OutputBuffer* out);
void WritePing(bool ack, uint64_t opaque, OutputBuffer* out);

// Truncates `debug_data` so that the frame fits into kDefaultMaxFrameSize.
void WriteGoAway(uint32_t last_stream_id, Http2ErrorCode code,
                 absl::string_view debug_data, OutputBuffer* out);

// A `stream_id` of 0 stands for the connection.
void WriteWindowUpdate(uint32_t stream_id, uint32_t increment,
                       OutputBuffer* out);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_FRAME_WRITER_H_
