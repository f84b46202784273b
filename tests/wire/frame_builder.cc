#include "tests/wire/frame_builder.h"

#include <algorithm>
#include <utility>

namespace loopy {
namespace {

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct HeapBytes {
  std::vector<char> bytes;
  bool* released;
};

std::string Zeros(size_t n) { return std::string(n, '\0'); }

}  // namespace

std::string BigEndian(uint64_t value, size_t size) {
  std::string bytes;
  for (size_t i = size; i-- > 0;) {
    bytes.push_back(static_cast<char>(value >> (8 * i)));
  }
  return bytes;
}

FrameBuilder& FrameBuilder::Bytes(absl::string_view bytes) {
  bytes_.append(bytes.data(), bytes.size());
  return *this;
}

FrameBuilder& FrameBuilder::Preface() { return Bytes(kPreface); }

FrameBuilder& FrameBuilder::Header(uint32_t length, FrameType type,
                                   uint8_t flags, uint32_t stream_id) {
  return Bytes(BigEndian(length, 3))
      .Bytes(BigEndian(static_cast<uint8_t>(type), 1))
      .Bytes(BigEndian(flags, 1))
      .Bytes(BigEndian(stream_id, 4));
}

FrameBuilder& FrameBuilder::Frame(FrameType type, uint8_t flags,
                                  uint32_t stream_id,
                                  absl::string_view payload) {
  return Header(static_cast<uint32_t>(payload.size()), type, flags, stream_id)
      .Bytes(payload);
}

FrameBuilder& FrameBuilder::Data(uint32_t stream_id, absl::string_view payload,
                                 bool end_stream) {
  return Frame(FrameType::kData, end_stream ? 0x1 : 0, stream_id, payload);
}

FrameBuilder& FrameBuilder::PaddedData(uint32_t stream_id,
                                       absl::string_view payload,
                                       uint8_t padding, bool end_stream) {
  return Frame(FrameType::kData, (end_stream ? 0x1 : 0) | 0x8, stream_id,
               BigEndian(padding, 1) + std::string(payload) + Zeros(padding));
}

FrameBuilder& FrameBuilder::Headers(uint32_t stream_id, absl::string_view block,
                                    bool end_stream, bool end_headers) {
  return Frame(FrameType::kHeaders,
               (end_stream ? 0x1 : 0) | (end_headers ? 0x4 : 0), stream_id,
               block);
}

FrameBuilder& FrameBuilder::PaddedHeaders(uint32_t stream_id,
                                          absl::string_view block,
                                          uint8_t padding, bool end_stream) {
  return Frame(FrameType::kHeaders, (end_stream ? 0x1 : 0) | 0x4 | 0x8 | 0x20,
               stream_id,
               BigEndian(padding, 1) + BigEndian(0x80000003, 4) + "\x10" +
                   std::string(block) + Zeros(padding));
}

FrameBuilder& FrameBuilder::Priority(uint32_t stream_id) {
  return Frame(FrameType::kPriority, 0, stream_id, BigEndian(3, 4) + "\x10");
}

FrameBuilder& FrameBuilder::RstStream(uint32_t stream_id, Http2ErrorCode code) {
  return Frame(FrameType::kRstStream, 0, stream_id,
               BigEndian(static_cast<uint32_t>(code), 4));
}

FrameBuilder& FrameBuilder::Settings(std::initializer_list<Setting> settings) {
  std::string payload;
  for (const Setting& setting : settings) {
    payload += BigEndian(setting.id, 2) + BigEndian(setting.value, 4);
  }
  return Frame(FrameType::kSettings, 0, 0, payload);
}

FrameBuilder& FrameBuilder::SettingsAck() {
  return Frame(FrameType::kSettings, 0x1, 0, "");
}

FrameBuilder& FrameBuilder::PushPromise(uint32_t stream_id,
                                        uint32_t promised_stream_id,
                                        absl::string_view block,
                                        bool end_headers) {
  return Frame(FrameType::kPushPromise, end_headers ? 0x4 : 0, stream_id,
               BigEndian(promised_stream_id, 4) + std::string(block));
}

FrameBuilder& FrameBuilder::PaddedPushPromise(uint32_t stream_id,
                                              uint32_t promised_stream_id,
                                              absl::string_view block,
                                              uint8_t padding) {
  return Frame(FrameType::kPushPromise, 0x4 | 0x8, stream_id,
               BigEndian(padding, 1) + BigEndian(promised_stream_id, 4) +
                   std::string(block) + Zeros(padding));
}

FrameBuilder& FrameBuilder::Ping(uint64_t opaque, bool ack) {
  return Frame(FrameType::kPing, ack ? 0x1 : 0, 0, BigEndian(opaque, 8));
}

FrameBuilder& FrameBuilder::GoAway(uint32_t last_stream_id, Http2ErrorCode code,
                                   absl::string_view debug_data) {
  return Frame(FrameType::kGoAway, 0, 0,
               BigEndian(last_stream_id, 4) +
                   BigEndian(static_cast<uint32_t>(code), 4) +
                   std::string(debug_data));
}

FrameBuilder& FrameBuilder::WindowUpdate(uint32_t stream_id,
                                         uint32_t increment) {
  return Frame(FrameType::kWindowUpdate, 0, stream_id, BigEndian(increment, 4));
}

FrameBuilder& FrameBuilder::Continuation(uint32_t stream_id,
                                         absl::string_view block,
                                         bool end_headers) {
  return Frame(FrameType::kContinuation, end_headers ? 0x4 : 0, stream_id,
               block);
}

FrameBuilder& FrameBuilder::Unknown(uint8_t type, uint8_t flags,
                                    uint32_t stream_id,
                                    absl::string_view payload) {
  return Frame(static_cast<FrameType>(type), flags, stream_id, payload);
}

SliceBuffer FrameBuilder::buffer() const {
  return SliceBuffer(HeapSlice(bytes_));
}

Slice HeapSlice(absl::string_view bytes, bool* released) {
  auto* heap = new HeapBytes{{bytes.begin(), bytes.end()}, released};
  return Slice(grpc_slice_new_with_user_data(
      heap->bytes.data(), heap->bytes.size(),
      [](void* p) {
        auto* owned = static_cast<HeapBytes*>(p);
        if (owned->released != nullptr) *owned->released = true;
        delete owned;
      },
      heap));
}

std::vector<SliceBuffer> CutInto(absl::string_view bytes,
                                 const std::vector<size_t>& cuts) {
  std::vector<SliceBuffer> pieces;
  size_t begin = 0;
  for (const size_t cut : cuts) {
    pieces.emplace_back(HeapSlice(bytes.substr(begin, cut - begin)));
    begin = cut;
  }
  pieces.emplace_back(HeapSlice(bytes.substr(begin)));
  return pieces;
}

std::vector<std::vector<size_t>> EverySplit(size_t size) {
  std::vector<std::vector<size_t>> splits;
  std::vector<size_t> everywhere;
  for (size_t i = 0; i <= size; ++i) {
    splits.push_back({i});
    if (i > 0 && i < size) everywhere.push_back(i);
  }
  splits.push_back(std::move(everywhere));
  return splits;
}

}  // namespace loopy
