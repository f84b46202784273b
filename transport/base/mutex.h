#ifndef LOOPY_TRANSPORT_BASE_MUTEX_H_
#define LOOPY_TRANSPORT_BASE_MUTEX_H_

#include <mutex>

#include "absl/base/thread_annotations.h"

namespace loopy {

// Every lock of the transport, in the order in which they may be taken: a
// thread that holds one may take only those below it. Most are never nested.
// "-> X" names each lock that is taken while this one is held.
enum class LockRank {
  // Registration with gRPC's core configuration.
  kRegistration,
  // ConnectionRegistry: the process's connections.
  kConnectionRegistry,
  // Connector: the attempt that is under way.
  kConnector,
  // ConnectionAttempt: its outcome.
  kConnectionAttempt,
  // StateWatcherAdapter: the subchannel's watcher (gRPC 1.83).
  // -> kConnectionState
  kStateWatcher,
  // ConnectionStateTracker: the connection's state that gRPC sees.
  kConnectionState,
  // ChannelzSocket: the connection that channelz shows.
  kChannelzSocket,
  // StallWatch: what it has seen of the writer's progress.
  // -> kSharedEndpoint
  kStallWatch,
  // SharedEndpoint: gRPC's endpoint, until it is destroyed.
  kSharedEndpoint,
  // GrpcCall: a call's pending operations.
  // -> kResponseMetadata, kWaitTexts, kStream, kOutboundStream, kControlBuffer
  // (a message that is taken may put a WINDOW_UPDATE)
  kCall,
  // ResponseMetadata: the parsed metadata that came before.
  kResponseMetadata,
  // WaitTexts: what calls that were cancelled waited for.
  kWaitTexts,
  // ConnectionCloser: the state of a connection, its GOAWAYs and its end.
  // -> kConnectionStreams
  kConnectionCloser,
  // ConnectionStreams: the streams of a connection.
  // -> kStream, kOutboundStream, kControlBuffer (opening a stream)
  kConnectionStreams,
  // Pings: the PINGs that wait and those in flight.
  kPings,
  // Keepalive: its state.
  kKeepalive,
  // TimerQueue: the timers of our SETTINGS, and those of the writer.
  kTimerQueue,
  // Stream: its state and its receiving half.
  kStream,
  // OutboundStream: the sending half of a stream.
  // -> kControlBuffer
  kOutboundStream,
  // MessagesInWrite: messages that wait for the end of a write.
  kMessagesInWrite,
  // ControlBuffer: the work for the writer.
  kControlBuffer,
  // The clock of the transport: its timers.
  kClock,
  // IoLoop: the process's pollers (gRPC 1.83).
  kIoLoop,
  // PolledSocket: the read and the write that are under way (gRPC 1.83).
  kPolledSocket,
  // A lock of a test or a fake.
  kTest,
};

// A std::mutex that clang's thread-safety analysis understands. (A pthread lock
// in the end, which ThreadSanitizer sees; it would not see those inside an
// uninstrumented Abseil library.)
//
//   Mutex mu_{LockRank::kPings};
//   int value_ ABSL_GUARDED_BY(mu_);
//   { MutexLock lock(&mu_); ++value_; }
//
// Never held across a write, a read, a timer call or a callback. A thread
// releases its locks in the reverse order. Where LOOPY_CHECK_LOCK_ORDER is
// defined (the asan configurations), taking a lock out of the order of LockRank
// ends the process.
class ABSL_LOCKABLE Mutex {
 public:
#ifdef LOOPY_CHECK_LOCK_ORDER
  explicit Mutex(LockRank rank) : rank_(static_cast<int>(rank)) {}
#else
  explicit Mutex(LockRank /*rank*/) {}
#endif
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
#ifdef LOOPY_CHECK_LOCK_ORDER
    CheckOrder();  // before it can deadlock
    mutex_.lock();
    OnLocked();
#else
    mutex_.lock();
#endif
  }

  void Unlock() ABSL_UNLOCK_FUNCTION() {
#ifdef LOOPY_CHECK_LOCK_ORDER
    OnUnlock();
#endif
    mutex_.unlock();
  }

 private:
  std::mutex mutex_;

#ifdef LOOPY_CHECK_LOCK_ORDER
  void CheckOrder() const;
  void OnLocked();
  void OnUnlock();

  const int rank_;
  int outer_rank_ = 0;  // the thread's highest one before; the holder's
#endif
};

#ifdef LOOPY_CHECK_LOCK_ORDER
// True if this thread holds any Mutex.
bool ThisThreadHoldsLock();
#endif

// Holds a Mutex for the length of a scope.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex)
      : mutex_(mutex) {
    mutex_->Lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex* const mutex_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_MUTEX_H_
