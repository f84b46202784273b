#ifndef LOOPY_TRANSPORT_CONNECTION_CONNECTION_STREAMS_H_
#define LOOPY_TRANSPORT_CONNECTION_CONNECTION_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "transport/base/connection_options.h"
#include "transport/base/mutex.h"
#include "transport/control/outbound_stream.h"
#include "transport/stream/stream.h"
#include "transport/stream/stream_map.h"

namespace loopy {

// The streams of a connection under one lock: it gives each its id, keeps those
// back that the peer does not allow yet, and refuses all when the connection
// takes no new ones.
//
//   opening = streams.Open(stream, request_status);
//   removal = streams.Remove(stream);         // the stream has ended
//   streams.SetMaxConcurrent(n);              // the peer's SETTINGS
//   streams.Refuse(why);                      // the connection drains
//   for (auto& s : streams.TakeAbove(id)) ... // and those go
//
// Threads: any. Calls out (Stream::OnOpened) with its lock free. Lifetime: a
// member of the connection.
class ConnectionStreams {
 public:
  using StreamPtr = std::shared_ptr<Stream>;

  explicit ConnectionStreams(const ConnectionOptions& options);

  struct Opening {
    // kAccepted, or kWaits: Stream::OnOpened follows. kEnded: not opened,
    OutboundStream::Send outcome = OutboundStream::Send::kEnded;
    // because the connection takes no streams. OK: because of the request.
    absl::Status refusal;
    bool ids_used_up = false;
  };
  // `request`: whether the peer takes the stream's request. It does not matter
  // to a connection that takes no streams.
  Opening Open(const StreamPtr& stream, const absl::Status& request);

  struct Removal {
    bool was_last = false;
    bool ids_used_up = false;  // while streams wait
  };
  // Takes a stream out, which the caller keeps alive, and opens those that wait
  // for its place.
  Removal Remove(const Stream* stream);

  // Opens streams that wait, as far as the new limit allows. True: others wait
  // for good, as the ids are used up.
  bool SetMaxConcurrent(uint32_t max);

  // The receive window of all streams is `window` bytes from now on. SETTINGS
  // with it were put.
  void SetReceiveWindow(uint32_t window);
  // The peer has acknowledged all our SETTINGS.
  void OnReceiveWindowAcked();

  // nullptr: it has ended, or was never opened.
  StreamPtr Find(uint32_t id, bool* was_opened);
  std::vector<StreamPtr> OpenStreams();
  // Open ones and those that wait.
  size_t size();
  // That the peer allows.
  uint32_t max_concurrent();
  // Those that were taken out so far.
  uint64_t ended();

  // From now on Open refuses with `why`, which replaces an earlier reason.
  void Refuse(absl::Status why);
  // Takes out the open streams above `id` and those that wait, in order.
  std::vector<StreamPtr> TakeAbove(uint32_t id);
  std::vector<StreamPtr> TakeWaiting();

 private:
  absl::Status RefusalLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OpenLocked(const StreamPtr& stream) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Opens streams that wait, as far as the peer allows. The caller calls their
  // OnOpened when the lock is free.
  std::vector<StreamPtr> OpenWaitingLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const uint32_t initial_window_;
  const bool rejects_above_limit_;

  Mutex mu_{LockRank::kConnectionStreams};
  StreamMap map_ ABSL_GUARDED_BY(mu_);
  uint32_t window_ ABSL_GUARDED_BY(mu_);
  absl::Status refusal_ ABSL_GUARDED_BY(mu_);  // OK until Refuse
  uint64_t ended_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_CONNECTION_STREAMS_H_
