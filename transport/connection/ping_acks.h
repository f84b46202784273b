#ifndef LOOPY_TRANSPORT_CONNECTION_PING_ACKS_H_
#define LOOPY_TRANSPORT_CONNECTION_PING_ACKS_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/control/control_buffer.h"

namespace loopy {

// Acknowledges the peer's PINGs (RFC 9113 section 6.7).
//
// A grpc-go server sends a PING with most small responses, to estimate the
// bandwidth-delay product (grpc-go: bdpEstimator). A write of its own for the
// ACK costs both ends a system call, and wakes the server for it, right before
// the next call does. So the ACK of a PING that came with a response waits for
// the next write. If none comes in time, the ACK goes out by itself, and so do
// the next ones for a while.
//
//   acks.OnPing(opaque);                                 // each PING of a read
//   if (acks.OnReadHandled(responses)) ...               // start a timer
//   if (acks.OnTimer()) ...                              // flush
//
// Threads: OnTimer may be called from any. The rest is the reader's.
class PingAcks {
 public:
  // An ACK waits no longer than this. A call that follows a response usually
  // comes within microseconds. A shorter time would not be worth its timers.
  static constexpr absl::Duration kLongestWait = absl::Milliseconds(20);
  // After a wait that was for nothing, so many ACKs do not wait.
  static constexpr int kAfterAVainWait = 8;

  explicit PingAcks(ControlBuffer* buffer) : buffer_(buffer) {}

  void OnPing(uint64_t opaque);
  // All frames of a read are handled, which had frames of so many responses.
  // Returns true if OnTimer has to be called after kLongestWait.
  bool OnReadHandled(int responses);

  // Returns true if the ACK that waits has to be written now.
  bool OnTimer();

 private:
  // Returns whether the ACK of a PING that came with a response may wait.
  bool MayWait();

  ControlBuffer* const buffer_;
  absl::optional<uint64_t> ping_;  // the last one of the read
  std::atomic<bool> timer_runs_{false};
  std::atomic<int> do_not_wait_{0};  // so many
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_PING_ACKS_H_
