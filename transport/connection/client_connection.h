#ifndef LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_
#define LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "loopy/connection_stats.h"
#include "transport/base/clock.h"
#include "transport/base/connection_options.h"
#include "transport/base/endpoint.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/base/timeline.h"
#include "transport/connection/connection_closer.h"
#include "transport/connection/connection_observer.h"
#include "transport/connection/connection_streams.h"
#include "transport/connection/ping_acks.h"
#include "transport/connection/pings.h"
#include "transport/connection/receive_windows.h"
#include "transport/connection/settings_exchange.h"
#include "transport/connection/stall_watch.h"
#include "transport/connection/timer_queue.h"
#include "transport/control/control_buffer.h"
#include "transport/flow/connection_windows.h"
#include "transport/reader/connection_reader.h"
#include "transport/stream/stream.h"
#include "transport/stream/stream_owner.h"
#include "transport/writer/loopy_writer.h"

namespace loopy {

// A client's HTTP/2 connection. It only wires its parts together:
//
//   ConnectionStreams   the streams that are open or wait to be opened
//   SettingsExchange    SETTINGS, ours and the peer's
//   ReceiveWindows      how much the peer may send
//   Pings               PINGs: keepalive, bandwidth, the application's
//   PingAcks            the answers to the peer's PINGs
//   StallWatch          a connection that cannot send is logged, or closed
//   ConnectionCloser    GOAWAY, draining and the close (docs/close.md)
//   ConnectionReader    what comes: frames, HPACK, the receive window
//   LoopyWriter         what goes out, from the ControlBuffer
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
      private FrameHandler {
 public:
  static std::shared_ptr<ClientConnection> Create(
      std::unique_ptr<Endpoint> endpoint, Clock* clock,
      const ConnectionOptions& options,
      std::shared_ptr<ConnectionObserver> observer);

  // Writes the preface and SETTINGS, handles `leftover` (bytes that the
  // handshake has read) and starts to read. Once.
  void Start(SliceBuffer leftover);

  // A stream of this connection, idle.
  std::shared_ptr<Stream> NewStream();

  // Takes no new streams; closes when the last one has ended.
  void Drain(absl::Status why) { closer_->Drain(std::move(why)); }

  // To free memory. Drains a connection that has no streams.
  void DrainIfIdle(absl::Status why);
  // To free memory. Ends one of the streams with `why`, and resets it with
  // ENHANCE_YOUR_CALM. True: there are more.
  bool AbandonStream(const absl::Status& why);

  // Fails every stream, writes GOAWAY if it can be written within the GOAWAY
  // timeout, and releases the endpoint. Waits for nothing; twice is harmless.
  void Close(absl::Status why) { closer_->Close(std::move(why)); }

  // Sends a PING as soon as it may be sent (see Pings). `on_written` runs when
  // it is written, `on_ack` when its ACK came; each once, with an error if the
  // connection ends first.
  void Ping(Pings::Callback on_written, Pings::Callback on_ack);

  // They stay readable when the connection is gone.
  std::shared_ptr<const ConnectionWindows> windows() const { return windows_; }

  ConnectionStats stats();
  const std::string& peer() const { return peer_; }
  TimelineTrack timeline() const { return options_.timeline; }

  // Streams that are open or wait to be opened.
  size_t active_streams() { return streams_.size(); }

  ControlBuffer* control_buffer() { return &buffer_; }

  // ---- StreamOwner
  OutboundStream::Send OpenStream(
      const std::shared_ptr<Stream>& stream) override;
  void CloseStream(const Stream* stream) override;
  void Flush() override { writer_.MaybeRun(); }
  uint32_t MaxConcurrentStreams() override { return streams_.max_concurrent(); }
  const WriterProgress& writer_progress() const override {
    return writer_.progress();
  }

 private:
  // The way back from the parts to the connection.
  class Events final : public WriterObserver,
                       public Pings::Observer,
                       public StallWatch::Observer,
                       public ConnectionCloser::Observer {
   public:
    explicit Events(ClientConnection* connection) : connection_(connection) {}

    // ---- WriterObserver
    void OnPingWritten(uint64_t opaque) override;
    void OnWriteBegins(size_t bytes) override;
    void OnWriteEnded() override;
    void OnDataWritten() override;
    void OnSendWindow(uint32_t bytes) override;
    void OnWriterError(Http2Error error) override;
    void OnGoAwayWritten() override;
    void OnWriteFailed(absl::Status status,
                       uint32_t first_unsent_stream) override;
    void OnBulkHeldBack() override;
    void OnMessageWaits() override;
    void OnWriterFinished() override;

    // ---- Pings::Observer
    bool HasStreams() override;
    void PutPing(uint64_t opaque, bool is_keepalive) override;
    void OnPeerGone(absl::Status why) override;

    // ---- StallWatch::Observer
    const WriterProgress& writer_progress() const override;
    absl::optional<uint64_t> AckedBytes() override;
    size_t KernelBytes() override;
    size_t OpenStreams() override;
    uint64_t EndedStreams() override;
    void OnStallLine(const std::string& line) override;
    void OnWriteStallTimeout(absl::Status why) override;

    // ---- ConnectionCloser::Observer
    void OnDisconnect(absl::Status status, const DisconnectInfo& info) override;
    void OnClosing(const absl::Status& status) override;
    void OnEndpointClosed() override;

    // ---- Pings::Observer, ConnectionCloser::Observer
    void Flush() override;

   private:
    ClientConnection* const connection_;
  };

  ClientConnection(std::unique_ptr<Endpoint> endpoint, Clock* clock,
                   const ConnectionOptions& options,
                   std::shared_ptr<ConnectionObserver> observer);
  // Makes the parts that know the connection weakly, for their timers.
  void MakePartsWithTimers();
  std::shared_ptr<TimerQueue> MakeTimer(
      absl::Duration delay, void (*on_expired)(ClientConnection* self));

  // ---- FrameHandler
  std::shared_ptr<Stream> FindStream(uint32_t id, bool* was_opened) override;
  Http2Error OnPeerSettings(const SettingsFrame& frame) override;
  void OnSettingsAck() override;
  Http2Error OnGoAway(const GoAwayFrame& frame) override;
  void OnPing(uint64_t opaque) override { ping_acks_.OnPing(opaque); }
  void OnPingAck(uint64_t opaque) override;
  void OnHeadersFrame() override { pings_->OnHeaders(); }
  bool OnDataBytes(uint32_t n) override;
  void OnReceiveWindow(int64_t bytes) override;
  void OnBytesRead() override { pings_->OnRead(); }
  void OnReadHandled(int responses) override;
  void OnProtocolError(Http2Error error) override;
  void OnReadFailed(absl::Status status) override;

  // Drains a connection whose ids are used up. Streams that wait go to another
  // one.
  void DrainUsedUpIds();
  // Writes when this thread has nothing else to do. The preface, SETTINGS, the
  // ACK of the peer's and the first call then share a write, if the peer's
  // SETTINGS have come.
  void FlushWhenIdle();
  // Gives up the endpoint, and the connection's reference to itself.
  void Release();

  Clock* const clock_;
  const ConnectionOptions options_;
  const std::shared_ptr<ConnectionObserver> observer_;
  const std::string peer_;
  const std::shared_ptr<ConnectionWindows> windows_ =
      std::make_shared<ConnectionWindows>();
  Events events_{this};
  ControlBuffer buffer_;
  ConnectionStreams streams_;
  std::unique_ptr<Endpoint> endpoint_;  // constant until Release
  LoopyWriter writer_;
  ConnectionReader reader_;
  PingAcks ping_acks_{&buffer_};
  bool has_read_ = false;  // the reader's

  // Constant from Create.
  std::unique_ptr<SettingsExchange> settings_;
  std::unique_ptr<ReceiveWindows> receive_windows_;
  std::shared_ptr<Pings> pings_;
  std::shared_ptr<ConnectionCloser> closer_;
  std::shared_ptr<StallWatch> stall_watch_;
  // Runs while only the reserve of the connection's window holds bulk back.
  std::shared_ptr<TimerQueue> reserve_timer_;
  // Runs while large messages wait for the end of a write.
  std::shared_ptr<TimerQueue> messages_timer_;
  // Runs while an ACK may wait for the next write.
  std::shared_ptr<TimerQueue> ping_acks_timer_;

  // From Start until Release.
  std::shared_ptr<ClientConnection> self_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_
