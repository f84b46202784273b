#ifndef LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_

#include <memory>

#include "transport/base/clock.h"
#include "transport/control/outbound_stream.h"

namespace loopy {

class Stream;

// What a stream asks of its connection. Called with no lock held.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;

  // Gives the stream an id and opens its sending half: kAccepted. Or keeps it
  // until the peer allows another stream: kWaits, and Stream::OnOpened follows.
  // Or ends it: kEnded.
  virtual OutboundStream::Send OpenStream(
      const std::shared_ptr<Stream>& stream) = 0;

  // The stream has ended, and its sending half is closed: takes it out.
  virtual void CloseStream(const std::shared_ptr<Stream>& stream) = 0;

  // Lets the loopy writer write what was put.
  virtual void Flush() = 0;

  virtual Clock* clock() = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_
