#ifndef LOOPY_TESTS_FUZZ_CONNECTION_STEPS_H_
#define LOOPY_TESTS_FUZZ_CONNECTION_STEPS_H_

#include <cstdint>

namespace loopy {

// A ConnectionStep is a step of client_connection_fuzz: a byte, modulo the
// number of steps. The bytes that the step takes follow it. The corpus depends
// on these numbers.
enum ConnectionStep : uint8_t {
  // The application.
  kStartAndFlush = 0,  // a call's habits
  kStart = 1,          // likewise
  // These take a call, the bytes below, and whether to flush (even: yes).
  kSendSmall = 2,  // bytes
  kSendLarge = 3,  // KiB
  kEndOfStream = 4,
  kCancel = 5,  // which code
  kRead = 6,
  kForget = 11,  // does not flush
  kPing = 7,
  kDrain = 8,  // 'R', or nothing happens
  kClose = 9,  // likewise
  kFlush = 10,
  // The kernel.
  kCompleteWrite = 12,
  kWriteMode = 13,    // manual, automatic, stuck
  kFailWrite = 14,    // 'R', or nothing happens
  kUnsentBytes = 15,  // even: there are some; 'R': the peer closes, unseen
  kPump = 16,
  kCloseByPeer = 17,  // 'R', or nothing happens
  // Time passes: milliseconds, in two bytes. The memory pressure follows them.
  kPassTime = 18,
  // The peer sends a frame. PeerFrames has the kinds.
  kFirstPeerStep = 19,
};

}  // namespace loopy

#endif  // LOOPY_TESTS_FUZZ_CONNECTION_STEPS_H_
