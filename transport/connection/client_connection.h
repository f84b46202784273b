#ifndef LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_
#define LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/endpoint.h"
#include "transport/base/http2_error.h"
#include "transport/base/mutex.h"
#include "transport/base/slice.h"
#include "transport/connection/endpoint_closer.h"
#include "transport/connection/goaway.h"
#include "transport/connection/pings.h"
#include "transport/connection/reserve_timer.h"
#include "transport/connection/settings_timeout.h"
#include "transport/control/control_buffer.h"
#include "transport/flow/connection_windows.h"
#include "transport/reader/connection_reader.h"
#include "transport/stream/stream.h"
#include "transport/stream/stream_map.h"
#include "transport/stream/stream_owner.h"
#include "transport/wire/settings.h"
#include "transport/writer/loopy_writer.h"

namespace loopy {

// Why a connection takes no new streams (gRFC A94).
struct DisconnectInfo {
  enum class Reason { kOther, kGoAway, kKeepaliveTimeout, kSocketError };
  Reason reason = Reason::kOther;
  // Of the GOAWAY that came.
  absl::optional<Http2ErrorCode> goaway_code;
  bool too_many_pings = false;  // the peer asks for fewer (gRFC A8)
};

// What a connection tells its owner. Threads: any, no lock held.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;

  // The peer's first SETTINGS came: the connection is usable. At most once.
  virtual void OnReady() = 0;

  // How many streams the peer allows at a time, before OnReady and whenever it
  // changes (SETTINGS_MAX_CONCURRENT_STREAMS; without one, 2^32-1).
  virtual void OnMaxConcurrentStreams(uint32_t /*n*/) {}

  // The last stream has ended.
  virtual void OnIdle() {}

  // Between 0 and 1: how short the process is of memory. Where it is short,
  // receive windows do not grow.
  virtual double MemoryPressure() { return 0; }

  // A PING of ours is on its way.
  virtual void OnPingSent(bool /*is_keepalive*/) {}

  // There will be no new streams: GOAWAY came, the connection failed or was
  // closed. Once.
  virtual void OnDisconnect(absl::Status status,
                            const DisconnectInfo& info) = 0;

  // The endpoint was destroyed. Once, last.
  virtual void OnReleased() = 0;
};

// A client's HTTP/2 connection: wires the rooms together, and ends them in the
// right order (docs/close.md).
//
//   auto connection = ClientConnection::Create(std::move(endpoint), clock,
//                                              options, observer);
//   connection->Start(std::move(leftover));
//   auto stream = connection->NewStream();
//   connection->Close(status);
//
// Threads: any. Lifetime: shared by its owner, its streams and, from Start
// until the endpoint is released, by itself. `clock` outlives it.
class ClientConnection final
    : public std::enable_shared_from_this<ClientConnection>,
      public StreamOwner,
      private FrameHandler,
      private WriterObserver,
      public Pings::Observer,
      public SettingsTimeout::Observer,
      public EndpointCloser::Observer,
      public ReserveTimer::Observer {
 public:
  // How long the reader may go on after a write has failed. A peer that closed
  // may have said GOAWAY before, which tells what may be retried. (grpc-go
  // leaves the end to its reader, too.)
  static constexpr absl::Duration ReadAfterFailedWrite() {
    return absl::Milliseconds(100);
  }

  static std::shared_ptr<ClientConnection> Create(
      std::unique_ptr<Endpoint> endpoint, Clock* clock,
      const ConnectionOptions& options,
      std::shared_ptr<ConnectionObserver> observer);

  // Writes the preface and SETTINGS, parses `leftover` (what the handshake read
  // too much) and starts to read. Once.
  void Start(SliceBuffer leftover);

  // A stream of this connection, idle.
  std::shared_ptr<Stream> NewStream();

  // Takes no new streams; closes when the last one has ended.
  void Drain(absl::Status why);

  // To free memory. Drains a connection that has no streams.
  void DrainIfIdle(absl::Status why);
  // To free memory. Ends one of the streams with `why`, and resets it with
  // ENHANCE_YOUR_CALM. True: there are more.
  bool AbandonStream(const absl::Status& why);

  // Fails every stream, writes GOAWAY if it can be written within the GOAWAY
  // timeout, and releases the endpoint. Waits for nothing; twice is harmless.
  void Close(absl::Status why);

  // Sends a PING as soon as it may be sent (see Pings). `on_written` runs when
  // it is written, `on_ack` when its ACK came; each once, with an error if the
  // connection ends first.
  void Ping(Pings::Callback on_written, Pings::Callback on_ack);

  // They stay readable when the connection is gone.
  std::shared_ptr<const ConnectionWindows> windows() const { return windows_; }

  // Streams that are open or wait to be opened.
  size_t active_streams();

  ControlBuffer* control_buffer() { return &buffer_; }

  // ---- StreamOwner
  OutboundStream::Send OpenStream(
      const std::shared_ptr<Stream>& stream) override;
  void CloseStream(const std::shared_ptr<Stream>& stream) override;
  void Flush() override { writer_.MaybeRun(); }

 private:
  //   kOpen --GOAWAY, Drain, ids used up--> kDraining
  //     |                                       |
  //     +-------------BeginClose----------------+--> kClosing --> kReleased
  enum class State { kOpen, kDraining, kClosing, kReleased };

  ClientConnection(std::unique_ptr<Endpoint> endpoint, Clock* clock,
                   const ConnectionOptions& options,
                   std::shared_ptr<ConnectionObserver> observer);

  // ---- FrameHandler
  std::shared_ptr<Stream> FindStream(uint32_t id, bool* was_opened) override;
  Http2Error OnPeerSettings(const SettingsFrame& frame) override;
  void OnSettingsAck() override { settings_timeout_->OnAck(); }
  Http2Error OnGoAway(const GoAwayFrame& frame) override;
  void OnPingAck(uint64_t opaque) override;
  void OnHeadersFrame() override { pings_->OnHeaders(); }
  bool OnDataBytes(uint32_t n) override { return pings_->OnData(n); }
  void OnReceiveWindow(int64_t bytes) override {
    windows_->receive.store(bytes, std::memory_order_relaxed);
  }
  void OnBytesRead() override { pings_->OnRead(); }
  void OnReadHandled() override { Flush(); }
  void OnProtocolError(Http2Error error) override;
  void OnReadFailed(absl::Status status) override;

  // ---- WriterObserver
  void OnPingWritten(uint64_t opaque) override {
    pings_->OnPingWritten(opaque);
  }
  void OnDataWritten() override { pings_->OnDataWritten(); }
  void OnSendWindow(uint32_t bytes) override {
    windows_->send.store(bytes, std::memory_order_relaxed);
  }
  void OnWriterError(Http2Error error) override;
  void OnGoAwayWritten() override { closer_->OnGoAwayWritten(); }
  void OnWriteFailed(absl::Status status) override;
  void OnBulkHeldBack() override;
  void OnWriterFinished() override;

  // ---- Pings::Observer
  bool HasStreams() override { return active_streams() > 0; }
  void PutPing(uint64_t opaque, bool is_keepalive) override;
  void FlushPings() override { Flush(); }
  void OnPeerGone(absl::Status why) override;

  // ---- ReserveTimer::Observer
  void OnReserveTimer() override;

  // ---- SettingsTimeout::Observer
  void OnSettingsTimeout() override;

  // ---- EndpointCloser::Observer
  void OnEndpointClosed() override;

  // Steps (a) to (d) of the close order. Without a GOAWAY there is nothing to
  // linger for, and the caller goes on with step (e).
  void BeginClose(
      absl::Status why, absl::optional<SendGoAway> goaway,
      DisconnectInfo::Reason reason = DisconnectInfo::Reason::kOther);
  void CloseOnError(const Http2Error& error);
  // Without a GOAWAY: the socket is gone.
  void CloseAtOnce(absl::Status why);
  void Disconnect(absl::Status status, DisconnectInfo::Reason reason);

  absl::Status ClosingStatusLocked(const absl::Status& why)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Why there are no new streams. OK: there are.
  absl::Status NoNewStreamsLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether the peer takes a request of that size.
  absl::Status CheckRequestSizeLocked(const HeaderList& headers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void OpenLocked(const std::shared_ptr<Stream>& stream)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Opens streams that wait, as far as the peer allows. The caller calls their
  // OnOpened when the lock is free.
  std::vector<std::shared_ptr<Stream>> OpenWaitingLocked()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Drains a connection whose ids are used up. Streams that wait go to another
  // one.
  void DrainUsedUpIds();
  void SetReceiveWindows(uint32_t window);
  SettingsFrame InitialSettings() const;

  Clock* const clock_;
  const ConnectionOptions options_;
  const std::shared_ptr<ConnectionObserver> observer_;
  const std::shared_ptr<ConnectionWindows> windows_ =
      std::make_shared<ConnectionWindows>();
  ControlBuffer buffer_;

  Mutex mu_{LockRank::kConnection};
  State state_ ABSL_GUARDED_BY(mu_) = State::kOpen;
  StreamMap streams_ ABSL_GUARDED_BY(mu_);
  ReceivedGoAway goaway_ ABSL_GUARDED_BY(mu_);
  Settings peer_settings_ ABSL_GUARDED_BY(mu_);
  uint32_t stream_window_ ABSL_GUARDED_BY(mu_);
  bool ready_ ABSL_GUARDED_BY(mu_) = false;
  bool disconnect_told_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status close_status_ ABSL_GUARDED_BY(mu_);  // OK until kClosing
  absl::Status write_error_ ABSL_GUARDED_BY(mu_);   // OK until a write failed
  // From Start until the endpoint is released.
  std::shared_ptr<ClientConnection> self_ ABSL_GUARDED_BY(mu_);

  std::unique_ptr<Endpoint> endpoint_;  // constant until OnWriterFinished
  LoopyWriter writer_;
  ConnectionReader reader_;
  std::shared_ptr<Pings> pings_;                       // constant from Create
  std::shared_ptr<SettingsTimeout> settings_timeout_;  // constant from Create
  std::shared_ptr<EndpointCloser> closer_;             // constant from Create
  std::shared_ptr<ReserveTimer> reserve_timer_;        // constant from Create
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_
