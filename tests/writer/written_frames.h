#ifndef LOOPY_TESTS_WRITER_WRITTEN_FRAMES_H_
#define LOOPY_TESTS_WRITER_WRITTEN_FRAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "transport/base/http2_error.h"
#include "transport/hpack/header_decoder.h"
#include "transport/hpack/header_list.h"
#include "transport/wire/frame.h"
#include "transport/wire/frame_parser.h"

namespace loopy {

// A frame that the client wrote. CONTINUATION is part of its HEADERS.
struct WrittenFrame {
  FrameType type = FrameType::kData;
  uint32_t stream_id = 0;
  bool end_stream = false;
  bool ack = false;
  std::string payload;                             // DATA
  HeaderList headers;                              // HEADERS
  SettingsFrame settings;                          // SETTINGS
  uint64_t opaque = 0;                             // PING
  uint32_t increment = 0;                          // WINDOW_UPDATE
  Http2ErrorCode code = Http2ErrorCode::kNoError;  // RST_STREAM, GOAWAY
  uint32_t last_stream_id = 0;                     // GOAWAY
  std::string debug_data;                          // GOAWAY

  // Such as "HEADERS 1", "DATA 1, 5 bytes, END_STREAM", "SETTINGS",
  // "SETTINGS ACK", "PING 7", "PING ACK 7", "RST_STREAM 1 CANCEL",
  // "WINDOW_UPDATE 0 +100", "GOAWAY 0 NO_ERROR: text".
  std::string ToString() const;
};

// The peer's eyes: makes frames of what a client wrote, and fails the test if
// they are not well-formed.
//
//   WrittenFrames peer;
//   for (const WrittenFrame& frame : peer.Parse(endpoint->TakeWritten())) ...
//
// Not thread-safe.
class WrittenFrames final : private FrameParser::Handler {
 public:
  WrittenFrames() : parser_(this) {}

  // The frames that end in `bytes`. The preface comes first.
  std::vector<WrittenFrame> Parse(const std::string& bytes);

  // Our SETTINGS_MAX_FRAME_SIZE, as the peer.
  void set_max_frame_size(uint32_t size) { parser_.set_max_frame_size(size); }

  // True if the last bytes ended a frame.
  bool at_frame_boundary() const { return bytes_seen_ == bytes_in_frames_; }

 private:
  Http2Error OnFrame(Frame&& frame) override;
  void OnStreamError(Http2Error error) override;

  void Add(DataFrame& frame);
  void Add(HeadersFrame& frame);
  void Add(PriorityFrame& frame);
  void Add(RstStreamFrame& frame);
  void Add(SettingsFrame& frame);
  void Add(PushPromiseFrame& frame);
  void Add(PingFrame& frame);
  void Add(GoAwayFrame& frame);
  void Add(WindowUpdateFrame& frame);
  void Add(ContinuationFrame& frame);
  void AddToBlock(SliceBuffer* fragment, bool end_headers);

  FrameParser parser_;
  HeaderDecoder decoder_;
  std::string preface_;
  SliceBuffer block_;
  WrittenFrame headers_;
  std::vector<WrittenFrame> frames_;
  size_t bytes_seen_ = 0;  // after the preface
  size_t bytes_in_frames_ = 0;
};

// Their ToString.
std::vector<std::string> Describe(const std::vector<WrittenFrame>& frames);

}  // namespace loopy

#endif  // LOOPY_TESTS_WRITER_WRITTEN_FRAMES_H_
