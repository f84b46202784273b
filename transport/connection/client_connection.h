// (draft of the API; the implementation follows)
#ifndef LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_
#define LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "transport/base/clock.h"
#include "transport/base/endpoint.h"
#include "transport/connection/connection_options.h"
#include "transport/stream/stream.h"

namespace loopy {

// What a connection tells its owner. Threads: any, no lock held. Lifetime:
// outlives the connection's last event (shared).
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;

  // The peer's first SETTINGS came: the connection is usable. At most once.
  virtual void OnReady() = 0;

  // No new streams: GOAWAY came, the connection failed or was closed. Once.
  // `status` says why. `too_many_pings`: the peer's GOAWAY asks for fewer pings
  // (gRFC A8).
  virtual void OnDisconnect(absl::Status status, bool too_many_pings) = 0;
};

// A client's HTTP/2 connection.
//
//   auto connection = ClientConnection::Create(
//       std::move(endpoint), clock, options, observer);
//   connection->Start(std::move(leftover_bytes));
//   ... connection->InitStream(&stream) ...
//   connection->Close(status);
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  static std::shared_ptr<ClientConnection> Create(
      std::unique_ptr<Endpoint> endpoint, Clock* clock,
      const ConnectionOptions& options,
      std::shared_ptr<ConnectionObserver> observer);

  // Writes the preface and SETTINGS, parses `leftover` (what the handshake read
  // too much) and starts to read.
  void Start(SliceBuffer leftover);

  // Ends the connection (design: close order). Never blocks, never waits; twice
  // is harmless.
  void Close(absl::Status why);

  // Sends a PING; `on_ack` runs once, with an error if the connection ends
  // first.
  void Ping(absl::AnyInvocable<void(absl::Status)> on_ack);

  // Streams that are open or wait to be opened.
  size_t active_streams() const;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_CLIENT_CONNECTION_H_
