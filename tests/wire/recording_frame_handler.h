#ifndef LOOPY_TESTS_WIRE_RECORDING_FRAME_HANDLER_H_
#define LOOPY_TESTS_WIRE_RECORDING_FRAME_HANDLER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/wire/frame.h"
#include "transport/wire/frame_parser.h"

namespace loopy {

// Returns everything that is in a frame: DescribeFrame, and the payload in hex.
std::string ShowFrame(const Frame& frame);

// Records the frames and errors of a FrameParser.
class RecordingFrameHandler final : public FrameParser::Handler {
 public:
  Http2Error OnFrame(Frame&& frame) override;
  void OnStreamError(Http2Error error) override;

  // OnFrame returns this error, if it is set.
  std::function<Http2Error(const Frame&)> answer;

  std::vector<std::string> events;
  std::vector<Frame> frames;
};

struct ParseResult {
  std::vector<std::string> events;
  Http2Error error = Http2Error::Ok();
};

// Lets a new parser parse `pieces`, one call each.
ParseResult ParsePieces(std::vector<SliceBuffer> pieces,
                        uint32_t max_frame_size = kDefaultMaxFrameSize);
ParseResult ParseWhole(absl::string_view bytes,
                       uint32_t max_frame_size = kDefaultMaxFrameSize);

}  // namespace loopy

#endif  // LOOPY_TESTS_WIRE_RECORDING_FRAME_HANDLER_H_
