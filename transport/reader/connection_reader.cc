#include "transport/reader/connection_reader.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "transport/base/trace.h"

namespace loopy {
namespace {

// The headers and the trailers of most responses fit into this. A list grows
// when it does not.
constexpr size_t kUsualHeaders = 192;

}  // namespace

ConnectionReader::ConnectionReader(Endpoint* endpoint, ControlBuffer* buffer,
                                   FrameHandler* handler,
                                   const ConnectionOptions& options)
    : endpoint_(endpoint),
      buffer_(buffer),
      handler_(handler),
      parser_(this),
      window_(std::max(options.connection_window, kDefaultWindow)),
      header_block_(options.max_header_list_size),
      header_decoder_(options.header_table_size),
      header_list_limits_(options.max_header_list_size,
                          options.soft_header_list_size) {
  headers_.Reserve(kUsualHeaders);
  parser_.set_max_frame_size(options.max_frame_size);
  parser_.set_timeline(options.timeline);
  header_decoder_.set_max_header_list_size(header_list_limits_.largest());
}

// ---- Reading

void ConnectionReader::Start(SliceBuffer* leftover) {
  handler_->OnReceiveWindow(window_.limit());
  if (leftover->empty()) {
    endpoint_->StartRead();
  } else {
    HandleBytes(leftover);
  }
}

void ConnectionReader::OnRead(absl::Status status, SliceBuffer* bytes) {
  if (!status.ok()) {
    handler_->OnReadFailed(std::move(status));
    return;
  }
  HandleBytes(bytes);
}

void ConnectionReader::HandleBytes(SliceBuffer* bytes) {
  handler_->OnBytesRead();
  Http2Error error = parser_.Parse(bytes);
  last_stream_.reset();  // it holds the connection
  ack_owed_ = false;
  const int responses = std::exchange(responses_, Responses()).count;
  if (!error.ok()) {
    handler_->OnProtocolError(std::move(error));
    return;
  }
  handler_->OnReadHandled(responses);
  endpoint_->StartRead();
}

// ---- Frames

Http2Error ConnectionReader::OnFrame(Frame&& frame) {
  LOOPY_TRACE(http_trace, "< %s", DescribeFrame(frame).c_str());
  if (!settings_seen_ && !std::holds_alternative<SettingsFrame>(frame)) {
    // RFC 9113 section 3.4.
    return Http2Error::Connection(
        Http2ErrorCode::kProtocolError,
        "the peer is not an HTTP/2 server: its first frame is not SETTINGS");
  }
  return std::visit([this](auto& typed) { return Handle(typed); }, frame);
}

void ConnectionReader::OnStreamError(Http2Error error) {
  LOOPY_TRACE(reader_trace, "%s", error.ToString().c_str());
  bool was_opened = false;
  const std::shared_ptr<Stream> stream =
      handler_->FindStream(error.stream_id(), &was_opened);
  if (stream != nullptr) {
    stream->OnError(error);
  } else if (error.code() == Http2ErrorCode::kFrameSizeError &&
             closed_by_peer_.Contains(error.stream_id())) {
    buffer_->PutReset(error.stream_id(), error.code());  // a PRIORITY frame
  }
}

void ConnectionReader::SetConnectionWindow(uint32_t limit) {
  // Even without an increment: an update that waits may be more than all of a
  // lower limit.
  buffer_->PutConnectionUpdate(window_.SetLimit(limit), /*enough=*/0);
  handler_->OnReceiveWindow(window_.value());
}

Http2Error ConnectionReader::FindStream(uint32_t id, Stream** stream) {
  if (last_stream_ == nullptr || last_stream_->id() != id) {
    bool was_opened = false;
    last_stream_ = handler_->FindStream(id, &was_opened);
    if (!was_opened) {
      return Http2Error::Connection(
          Http2ErrorCode::kProtocolError,
          absl::StrCat("a frame of stream ", id, ", which was never opened"));
    }
  }
  *stream = last_stream_.get();
  return Http2Error::Ok();
}

void ConnectionReader::OnClosedByPeer(uint32_t id, PeerClosedStreams::How how) {
  closed_by_peer_.Add(id, how);
  last_stream_.reset();  // it has ended
}

Http2Error ConnectionReader::OnFrameOfEndedStream(uint32_t id,
                                                  bool is_trailers) {
  Http2Error error = closed_by_peer_.OnFrame(id);
  if (error.ok()) return error;
  if (error.scope() == Http2Error::Scope::kConnection && !is_trailers) {
    return error;
  }
  buffer_->PutReset(id, error.code());
  return Http2Error::Ok();
}

Http2Error ConnectionReader::OnAckOwed() {
  if (std::exchange(ack_owed_, true)) return Http2Error::Ok();
  return limits_.OnAckOwed(buffer_->waiting_acks());
}

Http2Error ConnectionReader::Handle(DataFrame& frame) {
  // Frames of ended streams count against the connection's window as well.
  Http2Error error = window_.OnData(frame.flow_controlled_size);
  if (!error.ok()) return error;
  if (handler_->OnDataBytes(frame.flow_controlled_size)) {
    buffer_->PutConnectionUpdate(window_.UpdateNow(), /*enough=*/0);
  }
  uint32_t ahead = 0;
  error = DeliverData(frame, &ahead);
  const uint32_t increment = window_.MaybeUpdate(ahead);
  if (increment != 0) {
    buffer_->PutConnectionUpdate(increment, window_.Enough());
  }
  handler_->OnReceiveWindow(window_.value());
  return error;
}

Http2Error ConnectionReader::DeliverData(DataFrame& frame, uint32_t* ahead) {
  Http2Error error = Http2Error::Ok();
  if (frame.payload.empty() && !frame.end_stream) {
    error = limits_.OnEmptyFrame();
    if (!error.ok()) return error;
  } else {
    limits_.OnUsefulFrame();
  }
  Stream* stream = nullptr;
  error = FindStream(frame.stream_id, &stream);
  if (!error.ok()) return error;
  if (stream == nullptr) {
    return OnFrameOfEndedStream(frame.stream_id, /*is_trailers=*/false);
  }
  responses_.Add(frame.stream_id);
  *ahead = stream->OnData(&frame.payload, frame.flow_controlled_size,
                          frame.end_stream);
  if (frame.end_stream) {
    OnClosedByPeer(frame.stream_id, PeerClosedStreams::How::kEndStream);
  }
  return error;
}

Http2Error ConnectionReader::Handle(HeadersFrame& frame) {
  limits_.OnUsefulFrame();
  handler_->OnHeadersFrame();
  header_stream_ = frame.stream_id;
  header_end_stream_ = frame.end_stream;
  if (frame.end_headers && header_block_.Fits(frame.block_fragment.size())) {
    return OnHeaderBlock(frame.block_fragment);  // nothing to assemble
  }
  return AddToHeaderBlock(&frame.block_fragment, frame.end_headers);
}

Http2Error ConnectionReader::Handle(ContinuationFrame& frame) {
  // The parser has checked the order.
  return AddToHeaderBlock(&frame.block_fragment, frame.end_headers);
}

Http2Error ConnectionReader::AddToHeaderBlock(SliceBuffer* fragment,
                                              bool end_headers) {
  Http2Error error = header_block_.Add(fragment, end_headers);
  if (!error.ok() || !end_headers) return error;
  error = OnHeaderBlock(header_block_.block());
  header_block_.Clear();
  return error;
}

Http2Error ConnectionReader::OnHeaderBlock(const SliceBuffer& block) {
  headers_.Clear();
  // An ended stream's is decoded as well: the table is the connection's.
  Http2Error error = header_decoder_.Decode(block, &headers_);
  if (!error.ok()) return error;
  Stream* stream = nullptr;
  error = FindStream(header_stream_, &stream);
  if (!error.ok()) return error;
  if (stream == nullptr) {
    return OnFrameOfEndedStream(
        header_stream_,
        header_end_stream_ && headers_.Find("grpc-status").has_value());
  }
  responses_.Add(header_stream_);
  DeliverHeaders(stream, block.size());
  if (header_end_stream_) {
    OnClosedByPeer(header_stream_, PeerClosedStreams::How::kEndStream);
  }
  return error;
}

void ConnectionReader::DeliverHeaders(Stream* stream, size_t block_size) {
  const absl::Status size_status =
      header_list_limits_.Check(header_decoder_.list_size());
  if (!size_status.ok()) {
    stream->OnError(Http2Error::Stream(
        header_stream_, Http2ErrorCode::kProtocolError, size_status.code(),
        std::string(size_status.message())));
  } else if (!header_decoder_.fault().empty()) {
    stream->OnError(Http2Error::Stream(
        header_stream_, Http2ErrorCode::kProtocolError,
        absl::StatusCode::kInternal,
        absl::StrCat("malformed response: ", header_decoder_.fault())));
  } else {
    stream->OnHeaders(headers_, header_end_stream_, block_size);
  }
}

Http2Error ConnectionReader::Handle(PriorityFrame&) {
  return limits_.OnEmptyFrame();
}

Http2Error ConnectionReader::Handle(RstStreamFrame& frame) {
  Stream* stream = nullptr;
  Http2Error error = FindStream(frame.stream_id, &stream);
  if (stream == nullptr) return error;
  stream->OnReset(frame.code);
  OnClosedByPeer(frame.stream_id, PeerClosedStreams::How::kReset);
  return error;
}

Http2Error ConnectionReader::Handle(SettingsFrame& frame) {
  if (frame.ack) {
    handler_->OnSettingsAck();
    return Http2Error::Ok();
  }
  settings_seen_ = true;
  Http2Error error = OnAckOwed();
  if (!error.ok()) return error;
  return handler_->OnPeerSettings(frame);
}

Http2Error ConnectionReader::Handle(PushPromiseFrame&) {
  // We said SETTINGS_ENABLE_PUSH 0 (RFC 9113 section 8.4).
  return Http2Error::Connection(Http2ErrorCode::kProtocolError,
                                "PUSH_PROMISE, although push is disabled");
}

Http2Error ConnectionReader::Handle(PingFrame& frame) {
  if (frame.ack) {
    handler_->OnPingAck(frame.opaque);
    return Http2Error::Ok();
  }
  Http2Error error = OnAckOwed();
  if (error.ok()) handler_->OnPing(frame.opaque);
  return error;
}

Http2Error ConnectionReader::Handle(GoAwayFrame& frame) {
  return handler_->OnGoAway(frame);
}

Http2Error ConnectionReader::Handle(WindowUpdateFrame& frame) {
  if (frame.stream_id == 0) {
    buffer_->PutConnectionUpdateFromPeer(frame.increment);
    return Http2Error::Ok();
  }
  Stream* stream = nullptr;
  Http2Error error = FindStream(frame.stream_id, &stream);
  if (stream != nullptr) stream->outbound()->OnWindowUpdate(frame.increment);
  return error;
}

}  // namespace loopy
