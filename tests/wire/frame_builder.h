#ifndef LOOPY_TESTS_WIRE_FRAME_BUILDER_H_
#define LOOPY_TESTS_WIRE_FRAME_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/wire/frame.h"

namespace loopy {

// Builds the bytes of a sequence of frames, right and wrong ones, for tests. It
// does not use the transport's frame writer.
//
//   std::string bytes = FrameBuilder().Settings({}).Data(1, "abc").str();
class FrameBuilder {
 public:
  // ---- Any bytes
  FrameBuilder& Bytes(absl::string_view bytes);
  FrameBuilder& Preface();
  FrameBuilder& Frame(FrameType type, uint8_t flags, uint32_t stream_id,
                      absl::string_view payload);
  // Appends a frame header alone.
  FrameBuilder& Header(uint32_t length, FrameType type, uint8_t flags,
                       uint32_t stream_id);

  // ---- Well-formed frames
  FrameBuilder& Data(uint32_t stream_id, absl::string_view payload,
                     bool end_stream = false);
  FrameBuilder& PaddedData(uint32_t stream_id, absl::string_view payload,
                           uint8_t padding, bool end_stream = false);
  FrameBuilder& Headers(uint32_t stream_id, absl::string_view block,
                        bool end_stream = false, bool end_headers = true);
  // Appends HEADERS with padding and a priority.
  FrameBuilder& PaddedHeaders(uint32_t stream_id, absl::string_view block,
                              uint8_t padding, bool end_stream = false);
  FrameBuilder& Priority(uint32_t stream_id);
  FrameBuilder& RstStream(uint32_t stream_id, Http2ErrorCode code);
  FrameBuilder& Settings(std::initializer_list<Setting> settings);
  FrameBuilder& SettingsAck();
  FrameBuilder& PushPromise(uint32_t stream_id, uint32_t promised_stream_id,
                            absl::string_view block, bool end_headers = true);
  FrameBuilder& PaddedPushPromise(uint32_t stream_id,
                                  uint32_t promised_stream_id,
                                  absl::string_view block, uint8_t padding);
  FrameBuilder& Ping(uint64_t opaque, bool ack = false);
  FrameBuilder& GoAway(uint32_t last_stream_id, Http2ErrorCode code,
                       absl::string_view debug_data = "");
  FrameBuilder& WindowUpdate(uint32_t stream_id, uint32_t increment);
  FrameBuilder& Continuation(uint32_t stream_id, absl::string_view block,
                             bool end_headers = true);
  // Appends a frame of an extension.
  FrameBuilder& Unknown(uint8_t type, uint8_t flags, uint32_t stream_id,
                        absl::string_view payload);

  const std::string& str() const { return bytes_; }
  // Returns the bytes as one slice, in memory of its own.
  SliceBuffer buffer() const;

 private:
  std::string bytes_;
};

// Returns `value` as `size` bytes, big-endian.
std::string BigEndian(uint64_t value, size_t size);

// Returns a slice in memory of its own, even for a few bytes, so that
// AddressSanitizer sees a read past either end. `released`, if given, becomes
// true with the last reference.
Slice HeapSlice(absl::string_view bytes, bool* released = nullptr);

// Cuts `bytes` at each of `cuts` (ascending; at most bytes.size()). Returns a
// SliceBuffer for each piece, like separate reads.
std::vector<SliceBuffer> CutInto(absl::string_view bytes,
                                 const std::vector<size_t>& cuts);

// Returns each way to cut `size` bytes in two (the ends included), and the way
// to cut them into single bytes.
std::vector<std::vector<size_t>> EverySplit(size_t size);

}  // namespace loopy

#endif  // LOOPY_TESTS_WIRE_FRAME_BUILDER_H_
