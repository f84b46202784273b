#ifndef LOOPY_TRANSPORT_READER_CONNECTION_READER_H_
#define LOOPY_TRANSPORT_READER_CONNECTION_READER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "transport/base/connection_options.h"
#include "transport/base/endpoint.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
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

// The connection, as its reader needs it. Called on the reading thread, with no
// lock held.
class FrameHandler {
 public:
  virtual ~FrameHandler() = default;

  // nullptr: the stream has ended, or none of this id was ever opened, as
  // *was_opened says.
  virtual std::shared_ptr<Stream> FindStream(uint32_t id, bool* was_opened) = 0;

  // ---- Frames that concern the connection as a whole. An error ends it.
  virtual Http2Error OnPeerSettings(const SettingsFrame& frame) = 0;
  virtual void OnSettingsAck() = 0;
  virtual Http2Error OnGoAway(const GoAwayFrame& frame) = 0;
  // A PING that needs an ACK, or an ACK.
  virtual void OnPing(uint64_t opaque) = 0;
  virtual void OnPingAck(uint64_t opaque) = 0;
  virtual void OnHeadersFrame() = 0;
  // `n` bytes of flow-controlled payload came. True: a BDP ping was put, so the
  // connection's WINDOW_UPDATE that is due goes before it.
  virtual bool OnDataBytes(uint32_t n) = 0;
  // The peer may send `bytes` on the connection now.
  virtual void OnReceiveWindow(int64_t bytes) = 0;

  // ---- Reads.
  // Bytes came: the peer is alive.
  virtual void OnBytesRead() = 0;
  // All frames of a read are handled: what they put may be written. `responses`
  // says how many responses they were of, HEADERS or DATA. One counts again
  // after frames of another.
  virtual void OnReadHandled(int responses) = 0;
  // The reader ends with exactly one of these two. The peer broke the protocol:
  virtual void OnProtocolError(Http2Error error) = 0;
  // The endpoint's read failed, or the peer closed:
  virtual void OnReadFailed(absl::Status status) = 0;
};

// The reader of a connection: reads, parses, hands each frame to its stream or
// to the connection, and reads again. It has one handler a frame type; answers
// go through the control buffer. It never waits for the writer (contract, 5).
//
//   ConnectionReader reader(endpoint, &buffer, handler, options);
//   endpoint->SetObservers(&reader, &writer);
//   reader.Start(&leftover);
//
// Threads: Start once; then the thread of the endpoint's callback, one at a
// time. Lifetime: outlives its last read.
class ConnectionReader final : public Endpoint::ReadObserver,
                               private FrameParser::Handler {
 public:
  ConnectionReader(Endpoint* endpoint, ControlBuffer* buffer,
                   FrameHandler* handler, const ConnectionOptions& options);

  // The handshake has read `leftover` already.
  void Start(SliceBuffer* leftover);

  // Sets the connection's receive window to `limit` bytes. The peer is notified
  // of a larger one; a smaller one takes effect as data comes. On the reading
  // thread.
  void SetConnectionWindow(uint32_t limit);
  // Accepts frames of up to `size` bytes from the next one on. On the reading
  // thread.
  void SetMaxFrameSize(uint32_t size) { parser_.set_max_frame_size(size); }

  // ---- Endpoint::ReadObserver
  void OnRead(absl::Status status, SliceBuffer* bytes) override;

 private:
  // ---- FrameParser::Handler
  Http2Error OnFrame(Frame&& frame) override;
  void OnStreamError(Http2Error error) override;

  void HandleBytes(SliceBuffer* bytes);
  Http2Error Handle(DataFrame& frame);
  // Hands the payload to its stream. `ahead` is what Stream::OnData returns.
  Http2Error DeliverData(DataFrame& frame, uint32_t* ahead);
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
  Http2Error OnHeaderBlock(const SliceBuffer& block);
  // Hands `headers_` to their stream, if a response may have them.
  void DeliverHeaders(Stream* stream, size_t block_size);
  // *stream lasts until the next frame. nullptr: it has ended.
  Http2Error FindStream(uint32_t id, Stream** stream);
  // The peer has closed the stream that FindStream has found.
  void OnClosedByPeer(uint32_t id, PeerClosedStreams::How how);
  // HEADERS or DATA of a stream that has ended. gRPC C++'s server of 1.51 may
  // send a call's trailers twice when its deadline passes (grpc#34565). They
  // are answered by a reset, for an error of the connection would end other
  // calls. RFC 9113 section 5.1 allows either.
  Http2Error OnFrameOfEndedStream(uint32_t id, bool is_trailers);
  // A PING or SETTINGS came, which wants an ACK.
  Http2Error OnAckOwed();

  Endpoint* const endpoint_;
  ControlBuffer* const buffer_;
  FrameHandler* const handler_;
  FrameParser parser_;
  ConnectionReceiveWindow window_;
  PeerLimits limits_;
  bool ack_owed_ = false;  // in this read
  PeerClosedStreams closed_by_peer_;

  // This counts the responses in a read.
  struct Responses {
    uint32_t last_stream = 0;
    int count = 0;

    void Add(uint32_t stream) {
      if (std::exchange(last_stream, stream) != stream) ++count;
    }
  };
  Responses responses_;

  // The stream of the last frame in this read: the next one often has the same.
  std::shared_ptr<Stream> last_stream_;

  // The header block that is being received, and its stream.
  HeaderBlockAssembler header_block_;
  HeaderDecoder header_decoder_;
  HeaderListLimits header_list_limits_;
  HeaderList headers_;  // decoded; kept for its memory
  uint32_t header_stream_ = 0;
  bool header_end_stream_ = false;
  bool settings_seen_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_READER_CONNECTION_READER_H_
