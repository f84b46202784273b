// Fuzzes the frame parser. The input has a byte that chooses our frame size
// limit, two bytes that choose where the rest is cut, and then the peer's
// bytes.
//
// Whatever they are, nothing crashes, the cuts make no difference, and each
// frame is one that the RFC allows.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/wire/frame_builder.h"
#include "tests/wire/recording_frame_handler.h"
#include "transport/wire/frame_parser.h"

namespace loopy {
namespace {

void Require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

// Checks the rules of a frame, by its type.
class FrameRules {
 public:
  explicit FrameRules(uint32_t max_frame_size)
      : max_frame_size_(max_frame_size) {}

  void operator()(const DataFrame& frame) {
    IsOfStream(frame.stream_id);
    OutsideOfBlock();
    Require(frame.flow_controlled_size <= max_frame_size_, "DATA: size");
    Require(frame.payload.size() <= frame.flow_controlled_size,
            "DATA: payload and padding");
  }
  void operator()(const HeadersFrame& frame) {
    OutsideOfBlock();
    Fragment(frame.stream_id, frame.block_fragment, frame.end_headers);
  }
  void operator()(const PriorityFrame& frame) {
    OutsideOfBlock();
    IsOfStream(frame.stream_id);
  }
  void operator()(const RstStreamFrame& frame) {
    OutsideOfBlock();
    IsOfStream(frame.stream_id);
  }
  void operator()(const SettingsFrame& frame) {
    OutsideOfBlock();
    Require(!frame.ack || frame.settings.empty(), "SETTINGS: ack");
    Require(frame.settings.size() <= max_frame_size_ / 6, "SETTINGS: number");
  }
  void operator()(const PushPromiseFrame& frame) {
    OutsideOfBlock();
    Require(frame.promised_stream_id <= kMaxStreamId, "PUSH_PROMISE: id");
    Fragment(frame.stream_id, frame.block_fragment, frame.end_headers);
  }
  void operator()(const PingFrame&) { OutsideOfBlock(); }
  void operator()(const GoAwayFrame& frame) {
    OutsideOfBlock();
    Require(frame.last_stream_id <= kMaxStreamId, "GOAWAY: id");
    Require(frame.debug_data.size() <= FrameParser::kMaxDebugData,
            "GOAWAY: debug data");
  }
  void operator()(const WindowUpdateFrame& frame) {
    OutsideOfBlock();
    Require(frame.stream_id <= kMaxStreamId, "WINDOW_UPDATE: id");
    Require(frame.increment > 0 && frame.increment <= 0x7fffffff,
            "WINDOW_UPDATE: increment");
  }
  void operator()(const ContinuationFrame& frame) {
    Require(block_of_ == frame.stream_id, "CONTINUATION: stream");
    Fragment(frame.stream_id, frame.block_fragment, frame.end_headers);
  }

 private:
  void IsOfStream(uint32_t id) {
    Require(id > 0 && id <= kMaxStreamId, "stream id");
  }
  void OutsideOfBlock() { Require(block_of_ == 0, "frame in a header block"); }
  void Fragment(uint32_t id, const SliceBuffer& fragment, bool end_headers) {
    IsOfStream(id);
    Require(fragment.size() <= max_frame_size_, "header block: size");
    block_of_ = end_headers ? 0 : id;
  }

  const uint32_t max_frame_size_;
  uint32_t block_of_ = 0;
};

ParseResult ParseAndCheck(absl::string_view bytes,
                          const std::vector<size_t>& cuts,
                          uint32_t max_frame_size) {
  RecordingFrameHandler handler;
  FrameRules rules(max_frame_size);
  bool over = false;
  handler.answer = [&](const Frame& frame) {
    Require(!over, "frame after an error");
    std::visit(rules, frame);
    return Http2Error::Ok();
  };
  FrameParser parser(&handler);
  parser.set_max_frame_size(max_frame_size);
  ParseResult result;
  for (SliceBuffer& piece : CutInto(bytes, cuts)) {
    result.error = parser.Parse(&piece);
    Require(piece.empty(), "input left over");
    Require(!over || !result.error.ok(), "error that went away");
    over = !result.error.ok();
  }
  result.events = std::move(handler.events);
  return result;
}

void CheckSame(const ParseResult& a, const ParseResult& b) {
  Require(a.events == b.events, "the cuts change the frames");
  Require(a.error.ToString() == b.error.ToString(),
          "the cuts change the error");
}

void Run(absl::string_view input) {
  if (input.size() < 3) return;
  const uint32_t limits[] = {kDefaultMaxFrameSize, 20000, 1 << 20,
                             kMaxMaxFrameSize};
  const uint32_t limit = limits[static_cast<uint8_t>(input[0]) % 4];
  std::mt19937 random(static_cast<uint8_t>(input[1]) * 256u +
                      static_cast<uint8_t>(input[2]));
  input.remove_prefix(3);
  const ParseResult whole = ParseAndCheck(input, {}, limit);

  std::vector<size_t> cuts(1 + random() % 16);
  for (size_t& cut : cuts) cut = random() % (input.size() + 1);
  std::sort(cuts.begin(), cuts.end());
  CheckSame(whole, ParseAndCheck(input, cuts, limit));

  std::vector<size_t> everywhere;
  for (size_t i = 1; i < std::min<size_t>(input.size(), 2048); ++i) {
    everywhere.push_back(i);
  }
  CheckSame(whole, ParseAndCheck(input, everywhere, limit));
}

}  // namespace
}  // namespace loopy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  loopy::Run(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
