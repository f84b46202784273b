// (draft of the API; the implementation follows)
#ifndef LOOPY_TRANSPORT_STREAM_STREAM_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_H_

#include "transport/stream/stream_observer.h"

namespace loopy {

// The call's side of one HTTP/2 stream. Created by ClientConnection::NewStream.
class Stream {
 public:
  enum class Next { kMessage, kWait, kEnd };

  // Submits the request headers. At most once. The stream may have to wait for
  // the peer's SETTINGS_MAX_CONCURRENT_STREAMS; what is sent meanwhile is kept.
  void Start(HeaderList headers);

  // True: accepted under the write quota. False: it waits; OnMessageAccepted
  // or OnEnd follows. One message may wait at a time.
  bool SendMessage(Message message, bool end_stream);
  // Half-close without a message.
  void SendEndOfStream();

  // Takes the next message, if one is complete.
  Next NextMessage(Message* message);

  // Ends the stream with `status`, now; RST_STREAM CANCEL goes to the peer if it
  // knows the stream. Harmless when it has ended.
  void Cancel(absl::Status status);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_H_
