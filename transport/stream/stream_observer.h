#ifndef LOOPY_TRANSPORT_STREAM_STREAM_OBSERVER_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_OBSERVER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "transport/hpack/header_list.h"

namespace loopy {

// How a stream ended.
struct StreamEnd {
  // How far the request got, for transparent retries (gRFC A6).
  enum class Processed {
    kNotSentOnWire,     // no byte of it was written
    kNotSeenByServer,   // the server said that it did not process it
    kPossiblyProcessed  // anything else
  };

  // OK: the peer ended the stream, and `trailers` (with a well-formed
  // grpc-status) says how. An error: the transport ended it.
  absl::Status status;
  HeaderList trailers;
  // The trailers came in the first header block: no initial metadata came.
  bool trailers_only = false;
  Processed processed = Processed::kPossiblyProcessed;
  // Bytes of header blocks, HPACK coded (RFC 7541), without their frames'
  // headers: the request's, and those of all that Stream::OnHeaders got.
  uint32_t sent_header_bytes = 0;
  uint64_t received_header_bytes = 0;
};

// What a stream tells its call.
//
// Order: OnHeaders at most once, OnEnd exactly once for a stream that was
// started, and nothing begins after OnEnd. Threads: any, no lock held. Two
// calls may overlap when two threads are at it, such as the reader and one that
// cancels: then OnEnd may overtake another, which has no meaning any more.
// Lifetime: held by the stream from Start to OnEnd, and during a call.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;

  // The stream, whose Start answered kWaits, has its place among those that the
  // peer allows. Not called when the stream ended first.
  virtual void OnOpened() = 0;

  // The initial metadata.
  virtual void OnHeaders(const HeaderList& headers) = 0;

  // Stream::NextMessage, which answered kWait, has another answer now.
  virtual void OnMessageReady() = 0;

  // The message that Stream::SendMessage could not accept at once was accepted.
  // Not called when the stream ended first.
  virtual void OnMessageAccepted() = 0;

  virtual void OnEnd(StreamEnd end) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_OBSERVER_H_
