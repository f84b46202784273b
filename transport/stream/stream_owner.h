#ifndef LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_
#define LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_

#include <memory>

#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/http2_error.h"
#include "transport/control/control_buffer.h"

namespace loopy {

class Stream;

// What a stream asks of its connection. Called with no lock held.
class StreamOwner {
 public:
  virtual ~StreamOwner() = default;

  // Gives the stream an id and puts its OpenStream item, or keeps it until the
  // peer allows another stream. May end the stream instead.
  virtual void OpenStream(const std::shared_ptr<Stream>& stream) = 0;

  // The stream has ended: takes it out, and puts its CloseStream item.
  virtual void CloseStream(const std::shared_ptr<Stream>& stream,
                           absl::optional<Http2ErrorCode> reset) = 0;

  // Lets the loopy writer write what was put.
  virtual void Flush() = 0;

  virtual ControlBuffer* control_buffer() = 0;
  virtual Clock* clock() = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_STREAM_OWNER_H_
