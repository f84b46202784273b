#ifndef LOOPY_TRANSPORT_READER_FRAME_DISPATCHER_H_
#define LOOPY_TRANSPORT_READER_FRAME_DISPATCHER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "transport/base/connection_options.h"
#include "transport/base/http2_error.h"
#include "transport/control/control_buffer.h"
#include "transport/flow/receive_window.h"
#include "transport/hpack/header_block_assembler.h"
#include "transport/hpack/header_decoder.h"
#include "transport/reader/header_list_limits.h"
#include "transport/reader/peer_closed_streams.h"
#include "transport/reader/peer_limits.h"
#include "transport/stream/stream.h"
#include "transport/wire/frame.h"
#include "transport/wire/frame_parser.h"

namespace loopy {

// What frames mean for the connection as a whole. Called on the reader's
// thread, no lock held.
class FrameObserver {
 public:
  virtual ~FrameObserver() = default;

  // nullptr: the stream has ended. An error: no such stream was ever opened.
  virtual std::shared_ptr<Stream> FindStream(uint32_t id, bool* was_opened) = 0;
  virtual Http2Error OnPeerSettings(const SettingsFrame& frame) = 0;
  virtual void OnSettingsAck() = 0;
  virtual Http2Error OnGoAway(const GoAwayFrame& frame) = 0;
  virtual void OnPingAck(uint64_t opaque) = 0;
  virtual void OnHeadersFrame() = 0;
  // `n` bytes of flow-controlled payload came. True: a BDP ping was put, and
  // what is due of the connection's WINDOW_UPDATE goes before it.
  virtual bool OnDataBytes(uint32_t n) = 0;
  // What the peer may send on the connection, after that has changed.
  virtual void OnReceiveWindow(int64_t /*bytes*/) {}
};

// Hands each frame to whom it concerns. It only dispatches: one handler a
// frame type; answers go through the control buffer.
//
//   FrameDispatcher dispatcher(...);
//   FrameParser parser(&dispatcher);
//   parser.Parse(&bytes);
//
// Threads: the reader's only.
class FrameDispatcher final : public FrameParser::Sink {
 public:
  FrameDispatcher(ControlBuffer* buffer, FrameObserver* observer,
                  const ConnectionOptions& options);

  Http2Error OnFrame(Frame&& frame) override;
  void OnStreamError(Http2Error error) override;

  // The connection's receive window is `limit` bytes now; the peer is told.
  void SetConnectionWindow(uint32_t limit);

  // What was read is handled, or is wrong: lets go of its last stream, which
  // holds the connection.
  void OnReadHandled() {
    last_stream_.reset();
    ack_owed_ = false;
  }

 private:
  Http2Error Handle(DataFrame& frame);
  Http2Error Handle(HeadersFrame& frame);
  Http2Error Handle(PriorityFrame& frame);
  Http2Error Handle(RstStreamFrame& frame);
  Http2Error Handle(SettingsFrame& frame);
  Http2Error Handle(PushPromiseFrame& frame);
  Http2Error Handle(PingFrame& frame);
  Http2Error Handle(GoAwayFrame& frame);
  Http2Error Handle(WindowUpdateFrame& frame);
  Http2Error Handle(ContinuationFrame& frame);

  Http2Error AddToHeaderBlock(SliceBuffer* fragment, bool end_headers);
  // Hands `headers_` to their stream, if they are what a response may have.
  void DeliverHeaders(Stream* stream, size_t block_size);
  // *stream lasts until the next frame; nullptr: it has ended.
  Http2Error FindStream(uint32_t id, Stream** stream);
  // The peer has closed the stream that FindStream has found.
  void OnClosedByPeer(uint32_t id, PeerClosedStreams::How how);
  // HEADERS or DATA of a stream that has ended.
  Http2Error OnFrameOfEndedStream(uint32_t id);
  // A PING or SETTINGS came, which wants an ACK.
  Http2Error OnAckOwed();

  ControlBuffer* const buffer_;
  FrameObserver* const observer_;
  ConnectionReceiveWindow window_;
  PeerLimits limits_;
  bool ack_owed_ = false;  // in this read
  PeerClosedStreams closed_by_peer_;

  // Whom the last frame concerned: the next one often does, too.
  std::shared_ptr<Stream> last_stream_;

  // The header block that is being received.
  HeaderBlockAssembler header_block_;
  HeaderDecoder header_decoder_;
  HeaderListLimits header_list_limits_;
  HeaderList headers_;  // what it becomes; kept for its memory
  uint32_t header_stream_ = 0;
  bool header_end_stream_ = false;
  bool settings_seen_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_READER_FRAME_DISPATCHER_H_
