#include "transport/wire/frame_writer.h"

#include <algorithm>

#include "transport/wire/byte_order.h"
#include "transport/wire/frame_header.h"

namespace loopy {
namespace {

constexpr size_t kSettingSize = 6;
constexpr size_t kGoAwayFixedSize = 8;

// Writes the frame's header, and returns the `extra` bytes that follow it.
uint8_t* Begin(size_t length, FrameType type, uint8_t flags, uint32_t stream_id,
               size_t extra, OutputBuffer* out) {
  uint8_t* bytes = out->Extend(kFrameHeaderSize + extra);
  out->timeline().OnFrameSent(static_cast<uint32_t>(type), stream_id, length);
  if (type == FrameType::kHeaders || type == FrameType::kData ||
      type == FrameType::kWindowUpdate) {
    out->MarkResetsPings();
  }
  WriteFrameHeader({static_cast<uint32_t>(length), type, flags, stream_id},
                   bytes);
  return bytes + kFrameHeaderSize;
}

}  // namespace

void WritePreface(OutputBuffer* out) {
  out->AppendCopy(kConnectionPreface.data(), kConnectionPreface.size());
}

void WriteData(uint32_t stream_id, bool end_stream, SliceBuffer* payload,
               size_t n, OutputBuffer* out) {
  Begin(n, FrameType::kData, end_stream ? kFlagEndStream : 0, stream_id, 0,
        out);
  out->AppendFrom(payload, n);
}

void WriteHeaders(uint32_t stream_id, bool end_stream, absl::string_view block,
                  uint32_t max_frame_size, OutputBuffer* out) {
  FrameType type = FrameType::kHeaders;
  uint8_t flags = end_stream ? kFlagEndStream : 0;
  out->MarkHeaders(stream_id);
  do {
    const size_t n = std::min<size_t>(block.size(), max_frame_size);
    if (n == block.size()) flags |= kFlagEndHeaders;
    Begin(n, type, flags, stream_id, 0, out);
    out->AppendCopy(block.data(), n);
    block.remove_prefix(n);
    type = FrameType::kContinuation;
    flags = 0;
  } while (!block.empty());
}

void WriteRstStream(uint32_t stream_id, Http2ErrorCode code,
                    OutputBuffer* out) {
  uint8_t* payload = Begin(4, FrameType::kRstStream, 0, stream_id, 4, out);
  WriteUint32(static_cast<uint32_t>(code), payload);
}

void WriteSettings(const SettingsFrame& frame, OutputBuffer* out) {
  if (frame.ack) return WriteSettingsAck(out);
  const size_t length = frame.settings.size() * kSettingSize;
  Begin(length, FrameType::kSettings, 0, 0, 0, out);
  for (const Setting& setting : frame.settings) {
    uint8_t* bytes = out->Extend(kSettingSize);
    WriteUint16(setting.id, bytes);
    WriteUint32(setting.value, bytes + 2);
  }
}

void WriteSettingsAck(OutputBuffer* out) {
  Begin(0, FrameType::kSettings, kFlagAck, 0, 0, out);
}

void WritePing(bool ack, uint64_t opaque, OutputBuffer* out) {
  uint8_t* payload = Begin(8, FrameType::kPing, ack ? kFlagAck : 0, 0, 8, out);
  WriteUint64(opaque, payload);
}

void WriteGoAway(uint32_t last_stream_id, Http2ErrorCode code,
                 absl::string_view debug_data, OutputBuffer* out) {
  debug_data = debug_data.substr(0, kDefaultMaxFrameSize - kGoAwayFixedSize);
  uint8_t* payload = Begin(kGoAwayFixedSize + debug_data.size(),
                           FrameType::kGoAway, 0, 0, kGoAwayFixedSize, out);
  WriteUint32(last_stream_id, payload);
  WriteUint32(static_cast<uint32_t>(code), payload + 4);
  out->AppendCopy(debug_data.data(), debug_data.size());
}

void WriteWindowUpdate(uint32_t stream_id, uint32_t increment,
                       OutputBuffer* out) {
  uint8_t* payload = Begin(4, FrameType::kWindowUpdate, 0, stream_id, 4, out);
  WriteUint32(increment, payload);
}

}  // namespace loopy
