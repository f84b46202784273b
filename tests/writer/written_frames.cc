#include "tests/writer/written_frames.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "transport/base/slice.h"

namespace loopy {

std::string WrittenFrame::ToString() const {
  const std::string name = FrameTypeName(type);
  switch (type) {
    case FrameType::kData:
      return absl::StrCat(name, " ", stream_id, ", ", payload.size(), " bytes",
                          end_stream ? ", END_STREAM" : "");
    case FrameType::kHeaders:
      return absl::StrCat(name, " ", stream_id,
                          end_stream ? ", END_STREAM" : "");
    case FrameType::kSettings:
      return absl::StrCat(name, ack ? " ACK" : "");
    case FrameType::kPing:
      return absl::StrCat(name, ack ? " ACK " : " ", opaque);
    case FrameType::kRstStream:
      return absl::StrCat(name, " ", stream_id, " ", Http2ErrorCodeName(code));
    case FrameType::kWindowUpdate:
      return absl::StrCat(name, " ", stream_id, " +", increment);
    case FrameType::kGoAway:
      return absl::StrCat(name, " ", last_stream_id, " ",
                          Http2ErrorCodeName(code), ": ", debug_data);
    case FrameType::kPriority:
    case FrameType::kPushPromise:
    case FrameType::kContinuation:
      return name;
  }
  return name;
}

std::vector<std::string> Describe(const std::vector<WrittenFrame>& frames) {
  std::vector<std::string> texts;
  for (const WrittenFrame& frame : frames) texts.push_back(frame.ToString());
  return texts;
}

std::vector<WrittenFrame> WrittenFrames::Parse(const std::string& bytes) {
  const size_t n =
      std::min(kConnectionPreface.size() - preface_.size(), bytes.size());
  preface_.append(bytes, 0, n);
  EXPECT_EQ(preface_, kConnectionPreface.substr(0, preface_.size()));
  const std::string rest = bytes.substr(n);
  bytes_seen_ += rest.size();
  SliceBuffer buffer(Slice::FromCopy(rest));
  const Http2Error error = parser_.Parse(&buffer);
  EXPECT_TRUE(error.ok()) << error.ToString();
  return std::exchange(frames_, {});
}

Http2Error WrittenFrames::OnFrame(Frame&& frame) {
  bytes_in_frames_ += kFrameHeaderSize;
  std::visit([this](auto& typed) { Add(typed); }, frame);
  return Http2Error::Ok();
}

void WrittenFrames::OnStreamError(Http2Error error) {
  ADD_FAILURE() << error.ToString();
}

void WrittenFrames::Add(DataFrame& frame) {
  WrittenFrame written;
  written.type = FrameType::kData;
  written.stream_id = frame.stream_id;
  written.end_stream = frame.end_stream;
  written.payload = frame.payload.ToString();
  EXPECT_EQ(frame.flow_controlled_size, written.payload.size()) << "padding";
  bytes_in_frames_ += frame.flow_controlled_size;
  frames_.push_back(std::move(written));
}

void WrittenFrames::Add(HeadersFrame& frame) {
  headers_ = WrittenFrame();
  headers_.type = FrameType::kHeaders;
  headers_.stream_id = frame.stream_id;
  headers_.end_stream = frame.end_stream;
  AddToBlock(&frame.block_fragment, frame.end_headers);
}

void WrittenFrames::Add(ContinuationFrame& frame) {
  AddToBlock(&frame.block_fragment, frame.end_headers);
}

void WrittenFrames::AddToBlock(SliceBuffer* fragment, bool end_headers) {
  bytes_in_frames_ += fragment->size();
  block_.Append(fragment);
  if (!end_headers) return;
  const Http2Error error = decoder_.Decode(block_, &headers_.headers);
  EXPECT_TRUE(error.ok()) << error.ToString();
  block_.Clear();
  frames_.push_back(std::exchange(headers_, WrittenFrame()));
}

void WrittenFrames::Add(RstStreamFrame& frame) {
  bytes_in_frames_ += 4;
  WrittenFrame written;
  written.type = FrameType::kRstStream;
  written.stream_id = frame.stream_id;
  written.code = frame.code;
  frames_.push_back(std::move(written));
}

void WrittenFrames::Add(SettingsFrame& frame) {
  bytes_in_frames_ += 6 * frame.settings.size();
  WrittenFrame written;
  written.type = FrameType::kSettings;
  written.ack = frame.ack;
  written.settings = std::move(frame);
  frames_.push_back(std::move(written));
}

void WrittenFrames::Add(PingFrame& frame) {
  bytes_in_frames_ += 8;
  WrittenFrame written;
  written.type = FrameType::kPing;
  written.ack = frame.ack;
  written.opaque = frame.opaque;
  frames_.push_back(std::move(written));
}

void WrittenFrames::Add(GoAwayFrame& frame) {
  bytes_in_frames_ += 8 + frame.debug_data.size();
  WrittenFrame written;
  written.type = FrameType::kGoAway;
  written.last_stream_id = frame.last_stream_id;
  written.code = frame.code;
  written.debug_data = frame.debug_data;
  frames_.push_back(std::move(written));
}

void WrittenFrames::Add(WindowUpdateFrame& frame) {
  bytes_in_frames_ += 4;
  WrittenFrame written;
  written.type = FrameType::kWindowUpdate;
  written.stream_id = frame.stream_id;
  written.increment = frame.increment;
  frames_.push_back(std::move(written));
}

void WrittenFrames::Add(PriorityFrame&) {
  ADD_FAILURE() << "a client of ours writes no PRIORITY";
}

void WrittenFrames::Add(PushPromiseFrame&) {
  ADD_FAILURE() << "a client writes no PUSH_PROMISE";
}

}  // namespace loopy
