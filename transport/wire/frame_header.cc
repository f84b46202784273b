#include "transport/wire/frame_header.h"

#include "absl/strings/str_cat.h"
#include "transport/wire/byte_order.h"

namespace loopy {
namespace {

constexpr uint32_t kRstStreamSize = 4;
constexpr uint32_t kSettingSize = 6;
constexpr uint32_t kPingSize = 8;
constexpr uint32_t kGoAwayMinSize = 8;
constexpr uint32_t kWindowUpdateSize = 4;

bool LengthIsRight(const FrameHeader& header) {
  switch (header.type) {
    case FrameType::kData:
    case FrameType::kHeaders:
    case FrameType::kPushPromise:
    case FrameType::kContinuation:
      return header.length >= PrefixSize(header);
    case FrameType::kPriority:
      return header.length == kPrioritySize;
    case FrameType::kRstStream:
      return header.length == kRstStreamSize;
    case FrameType::kSettings:
      return header.has(kFlagAck) ? header.length == 0
                                  : header.length % kSettingSize == 0;
    case FrameType::kPing:
      return header.length == kPingSize;
    case FrameType::kGoAway:
      return header.length >= kGoAwayMinSize;
    case FrameType::kWindowUpdate:
      return header.length == kWindowUpdateSize;
  }
  return true;  // unknown type
}

bool StreamIsRight(const FrameHeader& header) {
  switch (header.type) {
    case FrameType::kData:
    case FrameType::kHeaders:
    case FrameType::kPriority:
    case FrameType::kRstStream:
    case FrameType::kPushPromise:
    case FrameType::kContinuation:
      return header.stream_id != 0;
    case FrameType::kSettings:
    case FrameType::kPing:
    case FrameType::kGoAway:
      return header.stream_id == 0;
    case FrameType::kWindowUpdate:
      return true;
  }
  return true;  // unknown type
}

Http2Error StreamError(const FrameHeader& header) {
  const std::string frame = FrameTypeName(header.type);
  return Http2Error::Connection(
      Http2ErrorCode::kProtocolError,
      header.stream_id == 0
          ? absl::StrCat(frame, " frame without a stream")
          : absl::StrCat(frame, " frame of stream ", header.stream_id));
}

Http2Error LengthError(const FrameHeader& header) {
  std::string text = absl::StrCat(FrameTypeName(header.type), " frame of ",
                                  header.length, " bytes");
  if (header.type == FrameType::kPriority) {
    // RFC 9113 section 6.3: a stream error, as no state of the connection
    // depends on it.
    return Http2Error::Stream(header.stream_id, Http2ErrorCode::kFrameSizeError,
                              absl::StatusCode::kInternal, std::move(text));
  }
  return Http2Error::Connection(Http2ErrorCode::kFrameSizeError,
                                std::move(text));
}

}  // namespace

void WriteFrameHeader(const FrameHeader& header, uint8_t* bytes) {
  WriteUint24(header.length, bytes);
  bytes[3] = static_cast<uint8_t>(header.type);
  bytes[4] = header.flags;
  WriteUint32(header.stream_id, bytes + 5);
}

Http2Error CheckFrameHeader(const FrameHeader& header,
                            uint32_t max_frame_size) {
  if (header.length > max_frame_size) {
    return Http2Error::Connection(
        Http2ErrorCode::kFrameSizeError,
        absl::StrCat(FrameTypeName(header.type), " frame of ", header.length,
                     " bytes exceeds our limit of ", max_frame_size));
  }
  if (!StreamIsRight(header)) return StreamError(header);
  if (!LengthIsRight(header)) return LengthError(header);
  return Http2Error::Ok();
}

}  // namespace loopy
