#include "transport/wire/frame_parser.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "transport/wire/byte_order.h"

namespace loopy {
namespace {

constexpr size_t kSettingSize = 6;
constexpr size_t kGoAwayFixedSize = 8;
// A larger buffer is freed after its frame.
constexpr size_t kKeptPartialCapacity = 1024;

bool HasBody(FrameType type) {
  return type == FrameType::kData || type == FrameType::kHeaders ||
         type == FrameType::kPushPromise || type == FrameType::kContinuation;
}

bool IsKnown(FrameType type) { return type <= FrameType::kContinuation; }

absl::string_view AsString(const uint8_t* bytes, size_t n) {
  return absl::string_view(reinterpret_cast<const char*>(bytes), n);
}

}  // namespace

Http2Error FrameParser::Parse(SliceBuffer* bytes) {
  const grpc_slice_buffer* buffer = bytes->c_buffer();
  for (size_t i = 0; i < buffer->count && error_.ok(); ++i) {
    const grpc_slice& slice = buffer->slices[i];
    const uint8_t* begin = GRPC_SLICE_START_PTR(slice);
    Input input{&slice, begin, begin, begin + GRPC_SLICE_LENGTH(slice)};
    while (error_.ok() && Step(&input)) {
    }
  }
  bytes->Clear();
  return error_;
}

bool FrameParser::Step(Input* input) {
  switch (state_) {
    case State::kHeader:
      return ParseHeader(input);
    case State::kPrefix:
      return ParsePrefix(input);
    case State::kBody:
      return ParseBody(input);
    case State::kGather:
      return ParseGathered(input);
    case State::kSkip:
      return Skip(input);
  }
  return false;
}

const uint8_t* FrameParser::Gather(size_t n, Input* input) {
  const size_t here = std::min(n - partial_.size(), input->left());
  partial_.append(reinterpret_cast<const char*>(input->pos), here);
  input->pos += here;
  if (partial_.size() < n) return nullptr;
  return reinterpret_cast<const uint8_t*>(partial_.data());
}

void FrameParser::DoneWithTaken() {
  if (partial_.empty()) return;
  partial_.clear();
  if (partial_.capacity() > kKeptPartialCapacity) std::string().swap(partial_);
}

bool FrameParser::ParseHeader(Input* input) {
  const uint8_t* bytes = Take(kFrameHeaderSize, input);
  if (bytes == nullptr) return false;
  header_ = ReadFrameHeader(bytes);
  if (first_frame_ && !IsKnown(header_.type)) {  // such as "HTTP/1.1 "
    OnError(Http2Error::Connection(
        Http2ErrorCode::kProtocolError,
        absl::StrCat("the peer is not an HTTP/2 server: it began with \"",
                     absl::CHexEscape(AsString(bytes, kFrameHeaderSize)),
                     "\"")));
    return false;
  }
  first_frame_ = false;
  timeline_.OnFrameReceived(static_cast<uint32_t>(header_.type),
                            header_.stream_id, header_.length);
  DoneWithTaken();
  BeginFrame();
  return true;
}

bool FrameParser::IsPlain() const {
  return (header_.type == FrameType::kData ||
          header_.type == FrameType::kHeaders) &&
         (header_.flags & (kFlagPadded | kFlagPriority)) == 0 &&
         header_.stream_id != 0 && header_.length <= max_frame_size_ &&
         continued_stream_ == 0;
}

void FrameParser::BeginFrame() {
  payload_left_ = header_.length;
  if (IsPlain()) {
    if (header_.type == FrameType::kHeaders && !header_.has(kFlagEndHeaders)) {
      continued_stream_ = header_.stream_id;
    }
    body_left_ = payload_left_;
    state_ = State::kBody;
    return;
  }
  state_ = State::kSkip;
  Http2Error error = CheckContinuation();
  if (error.ok()) error = CheckFrameHeader(header_, max_frame_size_);
  if (!error.ok()) {
    OnError(std::move(error));
  } else if (HasBody(header_.type)) {
    if (header_.type != FrameType::kData) {
      continued_stream_ = header_.has(kFlagEndHeaders) ? 0 : header_.stream_id;
    }
    body_left_ = payload_left_;
    state_ = PrefixSize(header_) == 0 ? State::kBody : State::kPrefix;
  } else if (IsKnown(header_.type)) {
    state_ = State::kGather;
  }
}

// RFC 9113 section 6.10 allows no other frames inside a header block, not even
// those of unknown types.
Http2Error FrameParser::CheckContinuation() const {
  if (continued_stream_ == 0) {
    if (header_.type != FrameType::kContinuation) return Http2Error::Ok();
    return Http2Error::Connection(Http2ErrorCode::kProtocolError,
                                  "CONTINUATION frame without a header block");
  }
  if (header_.type == FrameType::kContinuation &&
      header_.stream_id == continued_stream_) {
    return Http2Error::Ok();
  }
  return Http2Error::Connection(
      Http2ErrorCode::kProtocolError,
      absl::StrCat(FrameTypeName(header_.type), " frame of stream ",
                   header_.stream_id, " inside the header block of stream ",
                   continued_stream_));
}

bool FrameParser::ParsePrefix(Input* input) {
  const uint32_t size = PrefixSize(header_);
  const uint8_t* prefix = Take(size, input);
  if (prefix == nullptr) return false;
  payload_left_ -= size;
  const uint32_t padding = header_.has(kFlagPadded) && size > 0 ? *prefix++ : 0;
  if (header_.type == FrameType::kPushPromise) {
    promised_stream_id_ = ReadUint32(prefix) & kMaxStreamId;
  }
  DoneWithTaken();
  if (padding > payload_left_) {
    OnError(Http2Error::Connection(
        Http2ErrorCode::kProtocolError,
        absl::StrCat(FrameTypeName(header_.type), " frame of stream ",
                     header_.stream_id, " has more padding than payload")));
    return false;
  }
  body_left_ = payload_left_ - padding;
  state_ = State::kBody;
  return true;
}

bool FrameParser::ParseBody(Input* input) {
  const size_t n = std::min<size_t>(body_left_, input->left());
  if (n > 0) {
    const size_t offset = static_cast<size_t>(input->pos - input->begin);
    body_.Append(n < kMinSharedPiece ? Slice::FromCopy(AsString(input->pos, n))
                                     : Slice(grpc_slice_sub(
                                           *input->slice, offset, offset + n)));
    input->pos += n;
    body_left_ -= static_cast<uint32_t>(n);
    payload_left_ -= static_cast<uint32_t>(n);
  }
  if (body_left_ > 0) return false;
  state_ = payload_left_ == 0 ? State::kHeader : State::kSkip;
  DeliverBody();
  return true;
}

bool FrameParser::ParseGathered(Input* input) {
  size_t size = header_.length;
  if (header_.type == FrameType::kGoAway) {
    size = std::min(size, kGoAwayFixedSize + kMaxDebugData);
  }
  const uint8_t* payload = Take(size, input);
  if (payload == nullptr) return false;
  payload_left_ -= static_cast<uint32_t>(size);
  state_ = payload_left_ == 0 ? State::kHeader : State::kSkip;
  DeliverGathered(payload, size);
  DoneWithTaken();
  return true;
}

bool FrameParser::Skip(Input* input) {
  const size_t n = std::min<size_t>(payload_left_, input->left());
  input->pos += n;
  payload_left_ -= static_cast<uint32_t>(n);
  if (payload_left_ > 0) return false;
  state_ = State::kHeader;
  return true;
}

// The usual frames are made in place, since moving one copies its slices.
void FrameParser::DeliverBody() {
  const uint32_t id = header_.stream_id;
  const bool end_stream = header_.has(kFlagEndStream);
  const bool end_headers = header_.has(kFlagEndHeaders);
  switch (header_.type) {
    case FrameType::kData:
      return Deliver(Frame(std::in_place_type<DataFrame>, id, end_stream,
                           std::move(body_), header_.length));
    case FrameType::kHeaders:
      return Deliver(Frame(std::in_place_type<HeadersFrame>, id, end_stream,
                           end_headers, std::move(body_)));
    case FrameType::kPushPromise:
      return Deliver(PushPromiseFrame{id, promised_stream_id_, end_headers,
                                      std::move(body_)});
    case FrameType::kContinuation:
      return Deliver(ContinuationFrame{id, end_headers, std::move(body_)});
    case FrameType::kPriority:
    case FrameType::kRstStream:
    case FrameType::kSettings:
    case FrameType::kPing:
    case FrameType::kGoAway:
    case FrameType::kWindowUpdate:
      return;  // gathered
  }
}

void FrameParser::DeliverGathered(const uint8_t* payload, size_t size) {
  switch (header_.type) {
    case FrameType::kPriority:
      return Deliver(PriorityFrame{header_.stream_id});
    case FrameType::kRstStream:
      return Deliver(RstStreamFrame{
          header_.stream_id, static_cast<Http2ErrorCode>(ReadUint32(payload))});
    case FrameType::kSettings:
      return DeliverSettings(payload);
    case FrameType::kPing:
      return Deliver(PingFrame{header_.has(kFlagAck), ReadUint64(payload)});
    case FrameType::kGoAway:
      return Deliver(
          GoAwayFrame{ReadUint32(payload) & kMaxStreamId,
                      static_cast<Http2ErrorCode>(ReadUint32(payload + 4)),
                      std::string(AsString(payload + kGoAwayFixedSize,
                                           size - kGoAwayFixedSize))});
    case FrameType::kWindowUpdate:
      return DeliverWindowUpdate(ReadUint32(payload) & 0x7fffffff);
    case FrameType::kData:
    case FrameType::kHeaders:
    case FrameType::kPushPromise:
    case FrameType::kContinuation:
      return;  // have a body
  }
}

void FrameParser::DeliverSettings(const uint8_t* payload) {
  SettingsFrame frame;
  frame.ack = header_.has(kFlagAck);
  frame.settings.reserve(header_.length / kSettingSize);
  for (size_t i = 0; i < header_.length; i += kSettingSize) {
    frame.settings.push_back(
        {ReadUint16(payload + i), ReadUint32(payload + i + 2)});
  }
  Deliver(std::move(frame));
}

void FrameParser::DeliverWindowUpdate(uint32_t increment) {
  if (increment != 0) {
    return Deliver(WindowUpdateFrame{header_.stream_id, increment});
  }
  // RFC 9113 section 6.9.
  if (header_.stream_id == 0) {
    OnError(Http2Error::Connection(Http2ErrorCode::kProtocolError,
                                   "WINDOW_UPDATE frame with increment 0"));
  } else {
    OnError(Http2Error::Stream(
        header_.stream_id, Http2ErrorCode::kProtocolError,
        absl::StatusCode::kInternal, "WINDOW_UPDATE frame with increment 0"));
  }
}

void FrameParser::Deliver(Frame&& frame) {
  Http2Error error = handler_->OnFrame(std::move(frame));
  if (!error.ok()) OnError(std::move(error));
}

void FrameParser::OnError(Http2Error error) {
  if (error.scope() == Http2Error::Scope::kStream) {
    handler_->OnStreamError(std::move(error));
  } else {
    error_ = std::move(error);
  }
}

}  // namespace loopy
