#ifndef LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_

#include <cstdint>
#include <memory>

#include "transport/control/outbound_stream.h"
#include "transport/control/writer_progress.h"

namespace loopy {

class Stream;

// A StreamOwner is the connection of a stream. Streams call it with no lock
// held.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;

  // Gives the stream an id, opens its sending half and returns kAccepted. Or
  // keeps it until the peer allows another stream, and returns kWaits;
  // Stream::OnOpened follows. Or ends it, and returns kEnded.
  virtual OutboundStream::Send OpenStream(
      const std::shared_ptr<Stream>& stream) = 0;

  // Removes a stream that has ended, and whose sending half is closed. The
  // caller keeps it alive.
  virtual void CloseStream(const Stream* stream) = 0;

  // Lets the loopy writer write what was put.
  virtual void Flush() = 0;

  // ---- What calls wait for

  // The streams that the peer allows at a time.
  virtual uint32_t MaxConcurrentStreams() = 0;
  // Valid as long as the connection.
  virtual const WriterProgress& writer_progress() const = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_
