#include "tests/fuzz/peer_frames.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/wire/frame_builder.h"
#include "transport/base/slice.h"
#include "transport/stream/message_assembler.h"

namespace loopy {

std::string PeerFrames::Make(uint8_t kind) {
  if (kind == kKinds - 1) return input_->Bytes();
  const uint32_t id = SomeId();
  FrameBuilder frame;
  switch (kind) {
    case 0: {
      const uint16_t setting = input_->Byte() % 8;
      return frame.Settings({{setting, input_->Number()}}).str();
    }
    case 1:
      return frame.Settings({}).str();
    case 2:
      return frame.SettingsAck().str();
    case 3:
    case 4:
    case 5:
      return Headers(id);
    case 6:
      return Data(id);
    case 7:
      return PaddedData(id);
    case 8:
      return frame.RstStream(id, SomeCode()).str();
    case 9:
      return GoAway(id);
    case 10:
      return frame.WindowUpdate(0, input_->Number()).str();
    case 11:
      return frame.WindowUpdate(id, input_->Number()).str();
    case 12:
      return frame.Ping(input_->Byte()).str();
    case 13:
      return frame.Ping(view_->last_ping(), /*ack=*/true).str();
    case 14:
      return Odd(id);
    default:
      return TwoPieces(id);
  }
}

std::string PeerFrames::Headers(uint32_t id) {
  HeaderList headers;
  bool end_stream = false;
  switch (input_->Byte() % 4) {
    case 0:  // of an answer
      headers.Add(":status", "200");
      headers.Add("content-type", "application/grpc");
      break;
    case 1:  // trailers
      headers.Add("grpc-status",
                  input_->OneOf<absl::string_view>({"0", "5", "x"}));
      end_stream = true;
      break;
    case 2:  // trailers only
      headers.Add(":status", "200");
      headers.Add("content-type", "application/grpc");
      headers.Add("grpc-status", "14");
      end_stream = true;
      break;
    default:
      headers = SomeHeaders();
      end_stream = input_->Bool();
      break;
  }
  return FrameBuilder().Headers(id, Block(headers), end_stream).str();
}

std::string PeerFrames::TwoPieces(uint32_t id) {
  const std::string block = Block(SomeHeaders());
  const size_t cut = std::min<size_t>(input_->Byte(), block.size());
  return FrameBuilder()
      .Headers(id, block.substr(0, cut), /*end_stream=*/input_->Bool(),
               /*end_headers=*/false)
      .Continuation(id, block.substr(cut))
      .str();
}

std::string PeerFrames::Data(uint32_t id) {
  Message message;
  message.payload.Append(
      Slice::FromCopy(std::string(input_->Number(2) % 16000, 'd')));
  return FrameBuilder()
      .Data(id, FrameMessage(std::move(message)).ToString())
      .str();
}

std::string PeerFrames::PaddedData(uint32_t id) {
  const std::string payload = input_->Bytes();
  const uint8_t padding = input_->Byte();
  return FrameBuilder()
      .PaddedData(id, payload, padding, /*end_stream=*/input_->Byte() % 4 == 1)
      .str();
}

std::string PeerFrames::GoAway(uint32_t id) {
  const uint32_t last_id = input_->Bool() ? id : kMaxStreamId;
  const Http2ErrorCode code = SomeCode();
  return FrameBuilder().GoAway(last_id, code, input_->Bytes()).str();
}

std::string PeerFrames::Odd(uint32_t id) {
  const std::string bytes = input_->Bytes(32);
  FrameBuilder frame;
  switch (input_->Byte() % 4) {
    case 0:
      return frame.Priority(id).str();
    case 1:
      return frame.PushPromise(id, 2, bytes).str();
    case 2:
      return frame.Unknown(0xfa, 0xff, id, bytes).str();
    default:
      break;
  }
  const auto type = static_cast<FrameType>(input_->Byte() % 10);
  return frame.Frame(type, input_->Byte(), id, bytes).str();
}

std::string PeerFrames::Block(const HeaderList& headers) {
  std::string block;
  encoder_.Encode(headers, &block);
  return block;
}

HeaderList PeerFrames::SomeHeaders() {
  static const std::vector<absl::string_view> names = {
      ":status", "content-type", "grpc-status", "grpc-message", "x", "Upper",
      ":path",   "connection",   "te",          "x-bin",        ""};
  static const std::vector<std::string> values = {"200",
                                                  "application/grpc",
                                                  "0",
                                                  "103",
                                                  "503",
                                                  "",
                                                  "\r\n",
                                                  std::string(9000, 'x'),
                                                  "application/grpc+proto",
                                                  "text/html"};
  HeaderList headers;
  for (size_t n = input_->Byte() % 5; n > 0; --n) {
    const absl::string_view name = input_->OneOf(names);
    headers.Add(name, input_->OneOf(values));
  }
  return headers;
}

Http2ErrorCode PeerFrames::SomeCode() {
  return static_cast<Http2ErrorCode>(input_->Byte() % 15);
}

uint32_t PeerFrames::SomeId() {
  const uint8_t choice = input_->Byte();
  const std::vector<uint32_t>& ids = view_->ids();
  return choice >= 250 || ids.empty() ? choice % 8 : ids[choice % ids.size()];
}

}  // namespace loopy
