#ifndef LOOPY_TRANSPORT_STREAM_STREAM_OBSERVER_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_OBSERVER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "transport/hpack/header_list.h"
#include "transport/stream/wait.h"

namespace loopy {

// A StreamEnd says how a stream ended.
struct StreamEnd {
  // Says how far the request went, for transparent retries (gRFC A6).
  enum class Processed {
    kNotSentOnWire,     // no byte of it was written
    kNotSeenByServer,   // the server said that it did not process it
    kPossiblyProcessed  // anything else
  };

  // OK means that the peer ended the stream, and that its trailers have a
  // well-formed grpc-status. With an error, the transport ended it.
  absl::Status status;
  // The trailers were the first header block, without initial metadata.
  bool trailers_only = false;
  Processed processed = Processed::kPossiblyProcessed;
  // There is something that NextMessage has not returned: messages, or one that
  // is an error (Stream::message_error).
  bool has_unread = false;
  // The bytes of header blocks, HPACK encoded (RFC 7541), without the frames'
  // headers: the request's, and all those that arrived.
  uint32_t sent_header_bytes = 0;
  uint64_t received_header_bytes = 0;
  // What the call waited for, if its own side ended it (DEADLINE_EXCEEDED,
  // CANCELLED) or its connection did. Null if nobody wants to know.
  std::shared_ptr<const Wait> wait;
};

// A StreamObserver gets the events of a stream for its call.
//
// Order: OnHeaders at most once, OnEnd exactly once for a stream that was
// started. No method is called after OnEnd, except by a thread that was already
// about to: when two threads act on a stream, such as the reader and one that
// cancels, OnEnd may overtake the other call, which then has no meaning.
// Threads: any, no lock held. Lifetime: held by the stream from Start to OnEnd,
// and during a call.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;

  // The stream, whose Start returned kWaits, has a slot among the streams that
  // the peer allows. Not called if the stream ends first.
  virtual void OnOpened() = 0;

  // The initial metadata arrived.
  virtual void OnHeaders(const HeaderList& headers) = 0;

  // Stream::NextMessage, which returned kWait, now returns something else.
  virtual void OnMessageReady() = 0;

  // The message that Stream::SendMessage could not accept at once was accepted.
  // Not called if the stream ends first.
  virtual void OnMessageAccepted() = 0;

  // `trailers` are the peer's; empty unless the status is OK.
  virtual void OnEnd(StreamEnd end, const HeaderList& trailers) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_OBSERVER_H_
