#ifndef LOOPY_TRANSPORT_CONNECTION_ENDPOINT_CLOSER_H_
#define LOOPY_TRANSPORT_CONNECTION_ENDPOINT_CLOSER_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "transport/base/clock.h"
#include "transport/base/endpoint.h"
#include "transport/base/mutex.h"

namespace loopy {

// Steps (d) and (e) of a connection's close (docs/close.md): lingers until the
// kernel has sent GOAWAY, for a limited time, and shuts the endpoint down.
//
//   closer->Linger(timeout);      // before GOAWAY is put
//   closer->OnGoAwayWritten();
//   closer->Shutdown(why);        // or at once, when no GOAWAY can arrive
//   closer->OnReaderEnded();      // -> OnEndpointClosed
//
// Nothing waits. Threads: any; calls out with no lock held. Lifetime: shared by
// the connection and the timer. The endpoint may go when OnEndpointClosed was
// called and no write is under way; the clock is there for longer.
class EndpointCloser final
    : public std::enable_shared_from_this<EndpointCloser> {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // The endpoint is shut down, nobody reads, and no thread is inside it for
    // the closer's sake. Once.
    virtual void OnEndpointClosed() = 0;
  };

  EndpointCloser(Clock* clock, Endpoint* endpoint,
                 std::weak_ptr<Observer> observer);

  // Shuts down when GOAWAY is sent, or aborts after `timeout`. Once.
  void Linger(absl::Duration timeout);
  void OnGoAwayWritten();

  // Ends the endpoint's read and its write with `why`. Abort: the kernel does
  // not send what it still holds. What comes after the first is ignored.
  void Shutdown(absl::Status why);
  void Abort(absl::Status why);

  // No read is under way, and none will be. Once.
  void OnReaderEnded();

 private:
  void ContinueLinger();
  void StartTimer(absl::Duration delay);
  // True: it is the caller who ends the endpoint, and then calls Leave.
  bool BeginShutdown();
  // A thread that had entered the endpoint has come back.
  void Leave();
  void MaybeTell();

  Clock* const clock_;
  Endpoint* const endpoint_;
  const std::weak_ptr<Observer> observer_;

  Mutex mu_{LockRank::kEndpointCloser};
  absl::Time linger_end_ ABSL_GUARDED_BY(mu_);
  bool goaway_written_ ABSL_GUARDED_BY(mu_) = false;
  Clock::TimerHandle timer_ ABSL_GUARDED_BY(mu_) = 0;
  bool shut_ ABSL_GUARDED_BY(mu_) = false;  // or being so
  int inside_ ABSL_GUARDED_BY(mu_) = 0;     // threads in the endpoint
  bool reader_ended_ ABSL_GUARDED_BY(mu_) = false;
  bool told_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_ENDPOINT_CLOSER_H_
