#ifndef LOOPY_TRANSPORT_CONNECTION_PINGS_H_
#define LOOPY_TRANSPORT_CONNECTION_PINGS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/mutex.h"
#include "transport/connection/keepalive.h"
#include "transport/connection/ping_policy.h"
#include "transport/flow/bdp_estimator.h"

namespace loopy {

// The PINGs of a connection: those of the application, of keepalive and of the
// BDP estimator. All obey one PingPolicy. Requests that have to wait share the
// next PING, as in chttp2; keepalive is content with one that is in flight.
//
//   auto pings = Pings::Create(clock, options, observer);
//   pings->Start();
//   pings->Ask(on_written, on_ack);
//   window = pings->OnAck(opaque);  // and the other events of the connection
//   pings->Stop(status);            // fails the requests
//
// Threads: any. Callbacks and the observer are called with no lock held.
// Lifetime: shared with its timers.
class Pings final : public Keepalive::Observer,
                    public std::enable_shared_from_this<Pings> {
 public:
  using Callback = absl::AnyInvocable<void(absl::Status)>;

  // The connection, as its pings need it.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual bool HasStreams() = 0;
    // Puts a PING into the control buffer. Flush follows, if needed.
    virtual void PutPing(uint64_t opaque, bool is_keepalive) = 0;
    // A timer may have put something: the writer is to run.
    virtual void Flush() = 0;
    // No sign of life came in time: the connection is dead.
    virtual void OnPeerGone(absl::Status why) = 0;
  };

  static std::shared_ptr<Pings> Create(Clock* clock,
                                       const ConnectionOptions& options,
                                       std::weak_ptr<Observer> observer);

  // Once, before anything else.
  void Start() { keepalive_->Start(); }
  // The connection ends: requests fail with `status`, and so do later ones.
  // Twice is harmless.
  void Stop(const absl::Status& status);

  // Asks for a PING. `on_written` runs when it is written, `on_ack` when its
  // ACK has come; each once. The caller flushes.
  void Ask(Callback on_written, Callback on_ack);

  // ---- The reader's events, on its thread
  void OnRead() { keepalive_->OnActivity(); }
  void OnHeaders() { Note(&data_received_); }
  // `n` bytes of DATA came. True: a BDP ping was put.
  bool OnData(uint32_t n);
  // The new size of the receive windows, if the BDP grew.
  absl::optional<uint32_t> OnAck(uint64_t opaque);

  // ---- The writer's events
  void OnPingWritten(uint64_t opaque);
  // HEADERS, DATA or WINDOW_UPDATE is written.
  void OnDataWritten();

  void OnStreamOpened() { keepalive_->OnStreamOpened(); }

  // ---- Keepalive::Observer
  bool HasStreams() override;
  void OnKeepalivePing() override;
  void OnKeepaliveTimeout() override;

 private:
  struct Ping {
    std::vector<Callback> on_written;
    std::vector<Callback> on_ack;
    bool is_keepalive = false;
    absl::optional<absl::Time> written_at;
    Clock::TimerHandle timeout = 0;
  };
  struct ToPut {
    uint64_t opaque = 0;  // 0: nothing
    bool is_keepalive = false;
  };

  Pings(Clock* clock, const ConnectionOptions& options,
        std::weak_ptr<Observer> observer);

  // Sets a flag of what has happened since the policy was asked last. Most
  // often it is set already.
  static void Note(std::atomic<bool>* flag) {
    if (!flag->load()) flag->store(true);
  }
  absl::Duration DelayLocked(absl::Time now, bool any_streams)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Sends the ping that waits, now or as soon as it may be.
  void MaybeSend();
  ToPut SendLocked(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Put(Observer* observer, const ToPut& ping);
  void SendAt(absl::Time due, absl::Duration delay);
  void StartTimeout(uint64_t opaque);
  static void RunAll(std::vector<Callback>* callbacks,
                     const absl::Status& status);

  Clock* const clock_;
  const absl::Duration timeout_;
  const bool bdp_probe_;
  const std::weak_ptr<Observer> observer_;
  std::shared_ptr<Keepalive> keepalive_;  // constant from Create

  // The reader's.
  BdpEstimator bdp_;
  uint64_t bdp_ping_ = 0;

  // HEADERS or DATA came; HEADERS, DATA or WINDOW_UPDATE was written. These
  // need no lock, since every call brings them several times.
  std::atomic<bool> data_received_{false};
  std::atomic<bool> data_sent_{false};
  // `next_` waits to be sent. Written under the lock. A frame that is written
  // is noted before this is read, and this is set before the policy is asked:
  // one of both sees the other.
  std::atomic<bool> is_asked_{false};

  Mutex mu_{LockRank::kPings};
  PingPolicy policy_ ABSL_GUARDED_BY(mu_);
  Ping next_ ABSL_GUARDED_BY(mu_);
  uint64_t last_opaque_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<uint64_t, Ping> in_flight_ ABSL_GUARDED_BY(mu_);
  Clock::TimerHandle send_timer_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time send_due_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  absl::Status stop_status_ ABSL_GUARDED_BY(mu_);  // OK until Stop
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_PINGS_H_
