#include "tests/wire/recording_frame_handler.h"

#include <utility>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/wire/frame_builder.h"

namespace loopy {
namespace {

struct ContentOf {
  std::string operator()(const DataFrame& frame) const {
    return frame.payload.ToString();
  }
  std::string operator()(const HeadersFrame& frame) const {
    return frame.block_fragment.ToString();
  }
  std::string operator()(const PriorityFrame&) const { return ""; }
  std::string operator()(const RstStreamFrame&) const { return ""; }
  std::string operator()(const SettingsFrame& frame) const {
    std::string content;
    for (const Setting& setting : frame.settings) {
      content += BigEndian(setting.id, 2) + BigEndian(setting.value, 4);
    }
    return content;
  }
  std::string operator()(const PushPromiseFrame& frame) const {
    return frame.block_fragment.ToString();
  }
  std::string operator()(const PingFrame&) const { return ""; }
  std::string operator()(const GoAwayFrame& frame) const {
    return frame.debug_data;
  }
  std::string operator()(const WindowUpdateFrame&) const { return ""; }
  std::string operator()(const ContinuationFrame& frame) const {
    return frame.block_fragment.ToString();
  }
};

}  // namespace

std::string ShowFrame(const Frame& frame) {
  std::string text = DescribeFrame(frame);
  const std::string content = std::visit(ContentOf(), frame);
  if (!content.empty()) {
    absl::StrAppend(&text, " [", absl::BytesToHexString(content), "]");
  }
  return text;
}

Http2Error RecordingFrameHandler::OnFrame(Frame&& frame) {
  events.push_back(ShowFrame(frame));
  Http2Error error = answer ? answer(frame) : Http2Error::Ok();
  frames.push_back(std::move(frame));
  return error;
}

void RecordingFrameHandler::OnStreamError(Http2Error error) {
  events.push_back(error.ToString());
}

ParseResult ParsePieces(std::vector<SliceBuffer> pieces,
                        uint32_t max_frame_size) {
  RecordingFrameHandler handler;
  FrameParser parser(&handler);
  parser.set_max_frame_size(max_frame_size);
  ParseResult result;
  for (SliceBuffer& piece : pieces) {
    result.error = parser.Parse(&piece);
    if (!piece.empty()) handler.events.push_back("bytes were left over");
  }
  result.events = std::move(handler.events);
  return result;
}

ParseResult ParseWhole(absl::string_view bytes, uint32_t max_frame_size) {
  return ParsePieces(CutInto(bytes, {}), max_frame_size);
}

}  // namespace loopy
