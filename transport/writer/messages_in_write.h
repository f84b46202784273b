#ifndef LOOPY_TRANSPORT_WRITER_MESSAGES_IN_WRITE_H_
#define LOOPY_TRANSPORT_WRITER_MESSAGES_IN_WRITE_H_

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "transport/base/mutex.h"
#include "transport/control/outbound_stream.h"

namespace loopy {

// The large messages (OutboundStream::kLargeMessage) that are within the quota,
// and are accepted when all of them is written. The application makes its next
// message then, in the memory of the one before. If it made it earlier, both
// would be alive, and soon after neither: glibc's malloc gives that much free
// memory back to the system, and takes it again page by page.
//
//   if (messages.Add(stream)) ... after LongestWait(): OnWaitOver() ...
//   messages.OnWriteEnded();
//
// No message waits longer than LongestWait(), whatever the socket does
// (contract, 1).
//
// Threads: OnWaitOver any, the others the loopy writer's. A stream that ends is
// not kept alive.
class MessagesInWrite {
 public:
  // Longer than most writes, and seldom enough to cost nothing.
  static constexpr absl::Duration LongestWait() {
    return absl::Milliseconds(100);
  }

  // The next write has part of the stream's message, which is within the quota.
  // True: a wait begins. False: one is under way, and ends earlier.
  [[nodiscard]] bool Add(std::weak_ptr<OutboundStream> stream);

  // Accepts those that are written.
  void OnWriteEnded();
  // Accepts all.
  void OnWaitOver();

 private:
  using Streams = std::vector<std::weak_ptr<OutboundStream>>;

  bool added_ = false;  // since the last OnWriteEnded; the writer's

  Mutex mu_{LockRank::kMessagesInWrite};
  Streams streams_ ABSL_GUARDED_BY(mu_);
  bool waits_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_WRITER_MESSAGES_IN_WRITE_H_
