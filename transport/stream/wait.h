#ifndef LOOPY_TRANSPORT_STREAM_WAIT_H_
#define LOOPY_TRANSPORT_STREAM_WAIT_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "transport/control/outbound_stream.h"
#include "transport/control/writer_progress.h"

namespace loopy {

// What a call waits for (contract, 9).
enum class WaitCause {
  kStreamSlot,        // the peer's SETTINGS_MAX_CONCURRENT_STREAMS are in use
  kSocket,            // the kernel takes no more bytes
  kStreamWindow,      // the peer lets this stream send nothing more
  kConnectionWindow,  // nor any other
  kTurn,              // other streams are served before
  kApplication,       // a message has come, and is not read
  kPeer               // everything was written; the peer has to answer
};

// The name of a cause, such as "stream_window".
const char* WaitCauseName(WaitCause cause);

// What a call waits for, since when, and what there is to know about it.
struct Wait {
  WaitCause cause = WaitCause::kPeer;
  absl::Duration duration;     // of this cause
  absl::Duration total;        // since the call started
  size_t queued_bytes = 0;     // of the call, which are in no write yet
  size_t write_bytes = 0;      // kSocket: of the write that has not ended
  size_t unread_bytes = 0;     // kApplication: of messages that have come
  uint32_t slots = 0;          // kStreamSlot: that the peer allows
  bool request_ended = false;  // kPeer: END_STREAM was written
};

// A call that ends sooner than that has waited for nothing.
inline constexpr absl::Duration kNoticeableWait = absl::Milliseconds(1);

// What is known of a stream when DescribeWait is asked.
struct WaitFacts {
  OutboundStream::Queued queued;
  const StreamProgress* stream = nullptr;
  const WriterProgress* writer = nullptr;
  size_t unread_bytes = 0;  // of messages that the call has not asked for
  uint32_t slots = 0;
  absl::Time now;
};

// The one place that derives the cause.
Wait DescribeWait(const WaitFacts& facts);

// Returns such as "waited 1.98 s of 2.00 s for the socket to ipv4:10.0.0.1:443
// (a write of 524288 bytes has not ended; 1200000 bytes are queued)".
std::string WaitText(const Wait& wait, absl::string_view peer);

// Returns `status`, whose text is followed by that of the wait: programs match
// on what stands in front.
absl::Status WithWait(const absl::Status& status, const Wait& wait,
                      absl::string_view peer);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_STREAM_WAIT_H_
