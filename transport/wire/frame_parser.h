#ifndef LOOPY_TRANSPORT_WIRE_FRAME_PARSER_H_
#define LOOPY_TRANSPORT_WIRE_FRAME_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/base/timeline.h"
#include "transport/wire/frame.h"
#include "transport/wire/frame_header.h"

namespace loopy {

// Turns bytes into frames (RFC 9113 sections 4 and 6). Does no I/O.
//
//   FrameParser parser(&handler);
//   Http2Error error = parser.Parse(&bytes);   // calls handler.OnFrame...
//   if (!error.ok()) ...the connection is over...
//
// The input may be cut anywhere; the missing bytes come with the next call. The
// parser keeps at most one frame's payload between calls. DATA and header block
// fragments share the bytes of the input, except for pieces below
// kMinSharedPiece. They are copied, so that a few bytes never keep a large
// buffer alive. Frames of unknown types are skipped.
//
// Errors: the first connection error, its own or the handler's, ends the
// connection: every later call returns it. Errors of one stream go to
// OnStreamError, and the rest of that frame is skipped.
//
// Threads: one at a time. Lifetime: the handler outlives the parser.
class FrameParser {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;

    // A whole frame was parsed; its padding may still be under way. The handler
    // may take what is in it. The frames of a header block come one after the
    // other, with no others in between. If this returns a stream error, the
    // parser passes the error to OnStreamError.
    virtual Http2Error OnFrame(Frame&& frame) = 0;
    virtual void OnStreamError(Http2Error error) = 0;
  };

  // A buffer of gRPC's endpoints has at most 64 KiB, so a shared piece keeps at
  // most 16 times its own size alive.
  static constexpr size_t kMinSharedPiece = 4096;
  // The parser drops what is longer of GOAWAY's debug data.
  static constexpr size_t kMaxDebugData = 4096;

  explicit FrameParser(Handler* handler) : handler_(handler) {}
  FrameParser(const FrameParser&) = delete;
  FrameParser& operator=(const FrameParser&) = delete;

  // Takes all of `bytes`.
  Http2Error Parse(SliceBuffer* bytes);

  // Sets our SETTINGS_MAX_FRAME_SIZE, which holds from the next frame on.
  void set_max_frame_size(uint32_t size) { max_frame_size_ = size; }
  // Frames are events of this track.
  void set_timeline(TimelineTrack timeline) { timeline_ = timeline; }

 private:
  //             +--> kPrefix --+  +---(padding)--> kSkip --+
  //             |              v  |                        v
  //   kHeader --+-----------> kBody -------------------> kHeader
  //             +--> kGather -----+
  //             +--(unknown type, error of one stream)--> kSkip
  enum class State {
    kHeader,  // the frame header
    kPrefix,  // pad length, priority, promised stream id
    kBody,    // the payload proper of DATA and header block fragments
    kGather,  // other payloads: parsed in one piece
    kSkip,    // what is left of the frame is dropped
  };

  // An Input is a slice of the input and the parser's position in it.
  struct Input {
    const grpc_slice* slice;
    const uint8_t* begin;
    const uint8_t* pos;
    const uint8_t* end;

    size_t left() const { return static_cast<size_t>(end - pos); }
  };

  // Handles one state. Returns false if the input is used up.
  bool Step(Input* input);
  bool ParseHeader(Input* input);
  bool ParsePrefix(Input* input);
  bool ParseBody(Input* input);
  bool ParseGathered(Input* input);
  bool Skip(Input* input);

  // Returns `n` contiguous bytes, or nullptr if not all of them are there yet.
  // Points into `input` if it can.
  const uint8_t* Take(size_t n, Input* input) {
    if (!partial_.empty() || input->left() < n) return Gather(n, input);
    const uint8_t* const taken = input->pos;
    input->pos += n;
    return taken;
  }
  const uint8_t* Gather(size_t n, Input* input);
  // Releases the bytes that Take returned.
  void DoneWithTaken();

  void BeginFrame();
  // Returns whether the frame is DATA or HEADERS, without padding and priority,
  // and keeps the rules of both. Most frames do.
  bool IsPlain() const;
  Http2Error CheckContinuation() const;
  void DeliverBody();
  void DeliverSettings(const uint8_t* payload);
  void DeliverWindowUpdate(uint32_t increment);
  void DeliverGathered(const uint8_t* payload, size_t size);
  void Deliver(Frame&& frame);
  void OnError(Http2Error error);

  Handler* const handler_;
  uint32_t max_frame_size_ = kDefaultMaxFrameSize;
  TimelineTrack timeline_;
  Http2Error error_ = Http2Error::Ok();  // the connection's

  State state_ = State::kHeader;
  bool first_frame_ = true;
  uint32_t continued_stream_ = 0;  // has an unfinished header block; or 0

  // The current frame.
  FrameHeader header_;
  uint32_t payload_left_ = 0;  // bytes of its payload still to come
  uint32_t body_left_ = 0;     // the part of them that is its body
  uint32_t promised_stream_id_ = 0;
  SliceBuffer body_;
  std::string partial_;  // the first bytes that Take was asked for
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WIRE_FRAME_PARSER_H_
