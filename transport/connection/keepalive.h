#ifndef LOOPY_TRANSPORT_CONNECTION_KEEPALIVE_H_
#define LOOPY_TRANSPORT_CONNECTION_KEEPALIVE_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/mutex.h"

namespace loopy {

// Asks the peer for a sign of life (gRFC A8). Any read is one. The next PING is
// due one `time` after the last read; if nothing was read for one `timeout`
// after a PING, the peer is gone.
//
//   auto keepalive = std::make_shared<Keepalive>(clock, options, observer);
//   keepalive->Start();
//   keepalive->OnActivity();      // for every read
//   keepalive->OnStreamOpened();  // for every stream
//   keepalive->OnPingSent();      // the PING that it asked for was put
//   keepalive->Stop();            // no more calls of the observer
//
// Without streams it sleeps, unless that is permitted. The timeout starts when
// the PING is put, not when it is written: a stuck write is no excuse. While a
// PING may not be sent (see PingPolicy) it waits for OnPingSent.
// Threads: any. Lifetime: shared with its timer.
class Keepalive final : public std::enable_shared_from_this<Keepalive> {
 public:
  // Called with no lock held; until Stop() returned, or a call is under way.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual bool HasStreams() = 0;
    // Asks for a PING; OnPingSent follows, inside or later.
    virtual void OnKeepalivePing() = 0;
    virtual void OnKeepaliveTimeout() = 0;
  };

  Keepalive(Clock* clock, const ConnectionOptions& options,
            std::weak_ptr<Observer> observer)
      : clock_(clock),
        time_(options.keepalive_time),
        timeout_(options.keepalive_timeout),
        permit_without_calls_(options.keepalive_permit_without_calls),
        observer_(std::move(observer)) {}

  bool enabled() const { return time_ != absl::InfiniteDuration(); }

  void Start();
  void Stop();
  void OnActivity();
  void OnStreamOpened();
  void OnPingSent();

 private:
  //   kStopped -> kWaiting <-> kDormant
  //                |    ^         |
  //                v    |         v
  //              kAsked <---------+
  //                |    |
  //                v    |
  //              kPinged --timeout--> kStopped
  enum class State { kStopped, kWaiting, kDormant, kAsked, kPinged };

  void OnTimer();
  // After its time without a read: asks for a PING, or falls asleep.
  void MaybeAsk(Observer* observer);
  void Schedule(absl::Duration delay);

  Clock* const clock_;
  const absl::Duration time_;
  const absl::Duration timeout_;
  const bool permit_without_calls_;
  const std::weak_ptr<Observer> observer_;

  Mutex mu_{LockRank::kKeepalive};
  State state_ ABSL_GUARDED_BY(mu_) = State::kStopped;
  absl::Time last_activity_ ABSL_GUARDED_BY(mu_);
  absl::Time pinged_at_ ABSL_GUARDED_BY(mu_);
  Clock::TimerHandle timer_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_KEEPALIVE_H_
