#include "transport/wire/frame_header.h"

#include "absl/strings/str_cat.h"
#include "transport/wire/byte_order.h"

namespace loopy {
namespace {

constexpr uint32_t kPrioritySize = 5;
constexpr uint32_t kRstStreamSize = 4;
constexpr uint32_t kSettingSize = 6;
constexpr uint32_t kPingSize = 8;
constexpr uint32_t kGoAwayMinSize = 8;
constexpr uint32_t kWindowUpdateSize = 4;

Http2Error CheckHasStream(const FrameHeader& header) {
  if (header.stream_id != 0) return Http2Error::Ok();
  return Http2Error::Connection(
      Http2ErrorCode::kProtocolError,
      absl::StrCat(FrameTypeName(header.type), " frame without a stream"));
}

Http2Error CheckHasNoStream(const FrameHeader& header) {
  if (header.stream_id == 0) return Http2Error::Ok();
  return Http2Error::Connection(
      Http2ErrorCode::kProtocolError,
      absl::StrCat(FrameTypeName(header.type), " frame of stream ",
                   header.stream_id));
}

Http2Error CheckLength(const FrameHeader& header, bool right) {
  if (right) return Http2Error::Ok();
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

Http2Error CheckStream(const FrameHeader& header) {
  switch (header.type) {
    case FrameType::kData:
    case FrameType::kHeaders:
    case FrameType::kPriority:
    case FrameType::kRstStream:
    case FrameType::kPushPromise:
    case FrameType::kContinuation:
      return CheckHasStream(header);
    case FrameType::kSettings:
    case FrameType::kPing:
    case FrameType::kGoAway:
      return CheckHasNoStream(header);
    case FrameType::kWindowUpdate:
      return Http2Error::Ok();
  }
  return Http2Error::Ok();  // unknown type
}

}  // namespace

FrameHeader ReadFrameHeader(const uint8_t* bytes) {
  FrameHeader header;
  header.length = ReadUint24(bytes);
  header.type = static_cast<FrameType>(bytes[3]);
  header.flags = bytes[4];
  header.stream_id = ReadUint32(bytes + 5) & kMaxStreamId;
  return header;
}

void WriteFrameHeader(const FrameHeader& header, uint8_t* bytes) {
  WriteUint24(header.length, bytes);
  bytes[3] = static_cast<uint8_t>(header.type);
  bytes[4] = header.flags;
  WriteUint32(header.stream_id, bytes + 5);
}

uint32_t PrefixSize(const FrameHeader& header) {
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

Http2Error CheckFrameHeader(const FrameHeader& header,
                            uint32_t max_frame_size) {
  if (header.length > max_frame_size) {
    return Http2Error::Connection(
        Http2ErrorCode::kFrameSizeError,
        absl::StrCat(FrameTypeName(header.type), " frame of ", header.length,
                     " bytes exceeds our limit of ", max_frame_size));
  }
  Http2Error error = CheckStream(header);
  if (!error.ok()) return error;
  return CheckLength(header, LengthIsRight(header));
}

}  // namespace loopy
