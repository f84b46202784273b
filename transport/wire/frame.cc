#include "transport/wire/frame.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

// A trace shows this many bytes of GOAWAY's debug data.
constexpr size_t kShownDebugData = 128;

absl::string_view EndStream(bool set) { return set ? ", END_STREAM" : ""; }
absl::string_view EndHeaders(bool set) {
  return set ? "" : ", to be continued";
}

std::string Describe(const DataFrame& frame) {
  std::string text = absl::StrCat("DATA stream ", frame.stream_id, ", ",
                                  frame.payload.size(), " bytes");
  const size_t padding = frame.flow_controlled_size - frame.payload.size();
  if (padding != 0) absl::StrAppend(&text, " + ", padding, " of padding");
  absl::StrAppend(&text, EndStream(frame.end_stream));
  return text;
}

std::string Describe(const HeadersFrame& frame) {
  return absl::StrCat(
      "HEADERS stream ", frame.stream_id, ", ", frame.block_fragment.size(),
      " bytes", EndStream(frame.end_stream), EndHeaders(frame.end_headers));
}

std::string Describe(const PriorityFrame& frame) {
  return absl::StrCat("PRIORITY stream ", frame.stream_id);
}

std::string Describe(const RstStreamFrame& frame) {
  return absl::StrCat("RST_STREAM stream ", frame.stream_id, ", ",
                      Http2ErrorCodeName(frame.code));
}

std::string Describe(const SettingsFrame& frame) {
  if (frame.ack) return "SETTINGS ack";
  constexpr size_t kShown = 8;
  std::string text = "SETTINGS";
  for (size_t i = 0; i < frame.settings.size() && i < kShown; ++i) {
    absl::StrAppend(&text, " 0x", absl::Hex(frame.settings[i].id), "=",
                    frame.settings[i].value);
  }
  if (frame.settings.size() > kShown) {
    absl::StrAppend(&text, " and ", frame.settings.size() - kShown, " more");
  }
  return text;
}

std::string Describe(const PushPromiseFrame& frame) {
  return absl::StrCat("PUSH_PROMISE stream ", frame.stream_id, ", promises ",
                      frame.promised_stream_id, ", ",
                      frame.block_fragment.size(), " bytes",
                      EndHeaders(frame.end_headers));
}

std::string Describe(const PingFrame& frame) {
  return absl::StrCat("PING ", absl::Hex(frame.opaque, absl::kZeroPad16),
                      frame.ack ? " ack" : "");
}

std::string Describe(const GoAwayFrame& frame) {
  return absl::StrCat(
      "GOAWAY last stream ", frame.last_stream_id, ", ",
      Http2ErrorCodeName(frame.code), ", \"",
      absl::CHexEscape(frame.debug_data.substr(0, kShownDebugData)), "\"");
}

std::string Describe(const WindowUpdateFrame& frame) {
  return absl::StrCat("WINDOW_UPDATE stream ", frame.stream_id, ", ",
                      frame.increment);
}

std::string Describe(const ContinuationFrame& frame) {
  return absl::StrCat("CONTINUATION stream ", frame.stream_id, ", ",
                      frame.block_fragment.size(), " bytes",
                      EndHeaders(frame.end_headers));
}

}  // namespace

std::string FrameTypeName(FrameType type) {
  switch (type) {
    case FrameType::kData:
      return "DATA";
    case FrameType::kHeaders:
      return "HEADERS";
    case FrameType::kPriority:
      return "PRIORITY";
    case FrameType::kRstStream:
      return "RST_STREAM";
    case FrameType::kSettings:
      return "SETTINGS";
    case FrameType::kPushPromise:
      return "PUSH_PROMISE";
    case FrameType::kPing:
      return "PING";
    case FrameType::kGoAway:
      return "GOAWAY";
    case FrameType::kWindowUpdate:
      return "WINDOW_UPDATE";
    case FrameType::kContinuation:
      return "CONTINUATION";
  }
  return absl::StrCat("UNKNOWN(0x", absl::Hex(static_cast<uint8_t>(type)), ")");
}

std::string DescribeFrame(const Frame& frame) {
  return std::visit([](const auto& typed) { return Describe(typed); }, frame);
}

}  // namespace loopy
