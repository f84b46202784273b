#ifndef LOOPY_TRANSPORT_CONNECTION_CONNECTION_CLOSER_H_
#define LOOPY_TRANSPORT_CONNECTION_CONNECTION_CLOSER_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/endpoint.h"
#include "transport/base/http2_error.h"
#include "transport/base/mutex.h"
#include "transport/connection/connection_observer.h"
#include "transport/connection/connection_streams.h"
#include "transport/connection/goaway.h"
#include "transport/control/control_buffer.h"
#include "transport/control/control_item.h"
#include "transport/wire/frame.h"

namespace loopy {

// The end of a connection, from its first sign to the end of its endpoint
// (docs/close.md). Every way into the end leads through Begin, which takes
// steps (a) to (d); step (e) follows when GOAWAY is sent, or the time for that
// is over.
//
//   closer->Close(why);             // and the other ways into the end
//   closer->OnGoAwayWritten();      // the writer's
//   closer->OnReadFailed(status);   // the reader's -> OnEndpointClosed
//
// Nothing waits. Threads: any; calls out with no lock held. Lifetime: shared by
// the connection and the timer. The endpoint may go when OnEndpointClosed was
// called and no write is under way; the clock is there for longer.
class ConnectionCloser final
    : public std::enable_shared_from_this<ConnectionCloser> {
 public:
  // The reader may go on this long after a write has failed. A peer that closed
  // may have sent GOAWAY before, which says what may be retried. (grpc-go
  // leaves the end to its reader as well.)
  static constexpr absl::Duration ReadAfterFailedWrite() {
    return absl::Milliseconds(100);
  }

  class Observer {
   public:
    virtual ~Observer() = default;
    // There will be no new streams. Once.
    virtual void OnDisconnect(absl::Status status,
                              const DisconnectInfo& info) = 0;
    // The streams have been failed; nothing else is to start. Once.
    virtual void OnClosing(const absl::Status& status) = 0;
    // Something was put for the writer.
    virtual void Flush() = 0;
    // The endpoint is shut down, nobody reads, and no thread is inside it for
    // the closer's sake. Once.
    virtual void OnEndpointClosed() = 0;
  };

  // The connection's members outlive everything but the timer.
  ConnectionCloser(Clock* clock, Endpoint* endpoint, ControlBuffer* buffer,
                   ConnectionStreams* streams, const ConnectionOptions& options,
                   std::weak_ptr<Observer> observer);

  // True while the connection takes streams.
  bool is_open();

  // ---- Ways into the end.

  // Fails the streams, writes GOAWAY if it can be written within the GOAWAY
  // timeout, and shuts the endpoint down. Twice is harmless.
  void Close(absl::Status why);
  // Takes no new streams; closes when the last one has ended.
  void Drain(absl::Status why);
  // The last stream has ended.
  void OnIdle();
  // The peer sent GOAWAY. An error: it broke a rule.
  Http2Error OnGoAway(const GoAwayFrame& frame);
  // The peer broke a rule of the connection.
  void CloseOnError(const Http2Error& error);
  // The peer does not answer any more, or takes nothing.
  void CloseOnPeerGone(absl::Status why, DisconnectInfo::Reason reason);

  // ---- The reader ends with one of these two. No read is under way then.
  void OnProtocolError(const Http2Error& error);
  void OnReadFailed(const absl::Status& status);

  // ---- The writer's.
  // The HEADERS of `first_unsent_stream` and of those after it have not left
  // this host. 0: nobody knows.
  void OnWriteFailed(const absl::Status& status, uint32_t first_unsent_stream);
  void OnGoAwayWritten();

 private:
  //   kOpen --GOAWAY, Drain, ids used up, write failed--> kDraining
  //     |                                                     |
  //     +------------------------Begin------------------------+--> kClosing
  enum class State { kOpen, kDraining, kClosing };

  // Steps (a) to (d). Without a GOAWAY there is nothing to linger for, and the
  // caller goes on with step (e).
  void Begin(const absl::Status& why, absl::optional<SendGoAway> goaway,
             DisconnectInfo::Reason reason = DisconnectInfo::Reason::kOther);
  // Without a GOAWAY: the socket is gone.
  void CloseAtOnce(const absl::Status& why);
  // Becomes kDraining: new streams are refused.
  void DrainLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Reports the disconnect, unless that was done.
  void Disconnect(absl::Status status, DisconnectInfo::Reason reason);

  // Step (d): shuts down when GOAWAY is sent, or aborts after `timeout`.
  void Linger(absl::Duration timeout);
  void ContinueLinger();
  void StartTimer(absl::Duration delay);

  // Step (e): ends the endpoint's read and its write with `why`. Abort: the
  // kernel does not send what it still holds. Only the first of these counts.
  void Shutdown(const absl::Status& why);
  void Abort(const absl::Status& why);
  // True: the caller ends the endpoint, and then calls Leave.
  bool BeginShutdown();
  // A thread that had entered the endpoint has come back.
  void Leave();
  void OnReaderEnded();
  void MaybeReportClosed();

  Clock* const clock_;
  Endpoint* const endpoint_;
  ControlBuffer* const buffer_;
  ConnectionStreams* const streams_;
  const absl::Duration goaway_timeout_;
  const std::weak_ptr<Observer> observer_;

  Mutex mu_{LockRank::kConnectionCloser};

  // (a) to (c)
  State state_ ABSL_GUARDED_BY(mu_) = State::kOpen;
  GoAway goaway_ ABSL_GUARDED_BY(mu_);
  absl::Status write_error_ ABSL_GUARDED_BY(mu_);  // OK until a write failed
  bool disconnect_reported_ ABSL_GUARDED_BY(mu_) = false;

  // (d)
  absl::Time linger_end_ ABSL_GUARDED_BY(mu_);
  bool goaway_written_ ABSL_GUARDED_BY(mu_) = false;
  Clock::TimerHandle timer_ ABSL_GUARDED_BY(mu_) = 0;

  // (e)
  bool shut_ ABSL_GUARDED_BY(mu_) = false;  // or being so
  int inside_ ABSL_GUARDED_BY(mu_) = 0;     // threads in the endpoint
  bool reader_ended_ ABSL_GUARDED_BY(mu_) = false;
  bool closed_reported_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_CONNECTION_CLOSER_H_
