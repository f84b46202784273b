#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_IO_LOOP_ENDPOINT_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_IO_LOOP_ENDPOINT_H_

#include <grpc/event_engine/event_engine.h>

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/core/lib/event_engine/extensions/supports_fd.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/resource_quota/memory_quota.h"
#include "transport/io_loop/polled_socket.h"

namespace loopy {

// An EventEngine's endpoint whose socket the IoLoop polls, instead of the
// EventEngine's thread pool.
//
//   auto endpoint = IoLoopEndpoint::Create(fd, std::move(memory));
//   endpoint->Read(on_read, &buffer, args);
//   endpoint.reset();  // on_read runs soon, with an error
//
// A read never ends inside the call. Memory for it comes from `memory`, when
// bytes have come.
//
// Threads: as EventEngine::Endpoint says; a callback runs on a thread of the
// IoLoop, under an ExecCtx. Lifetime: gRPC stays initialised until the socket
// is closed, soon after the endpoint is destroyed.
class IoLoopEndpoint final
    : public grpc_event_engine::experimental::EventEngine::Endpoint,
      public grpc_event_engine::experimental::EndpointSupportsFdExtension {
 public:
  using EventEngine = grpc_event_engine::experimental::EventEngine;
  using Callback = absl::AnyInvocable<void(absl::Status)>;

  // Takes over `fd`, a connected and non-blocking socket, unless it returns
  // null, because the system has no more of what an IoLoop needs.
  static std::unique_ptr<IoLoopEndpoint> Create(int fd,
                                                grpc_core::MemoryOwner memory);
  ~IoLoopEndpoint() override;

  // The extension that is this endpoint, also if TLS is on top of it.
  static constexpr absl::string_view kExtensionName = "loopy.io_loop_endpoint";

  // Runs `closure` soon, on the socket's poller. One at a time. Returns false
  // if the endpoint was shut down.
  bool RunOnPollingThread(grpc_closure* closure);

  // ---- EventEngine::Endpoint
  bool Read(Callback on_read,
            grpc_event_engine::experimental::SliceBuffer* buffer,
            ReadArgs args) override;
  bool Write(Callback on_writable,
             grpc_event_engine::experimental::SliceBuffer* data,
             WriteArgs args) override;
  const EventEngine::ResolvedAddress& GetPeerAddress() const override {
    return peer_;
  }
  const EventEngine::ResolvedAddress& GetLocalAddress() const override {
    return local_;
  }
  std::shared_ptr<TelemetryInfo> GetTelemetryInfo() const override {
    return nullptr;
  }
  void* QueryExtension(absl::string_view id) override;

  // ---- EndpointSupportsFdExtension
  int GetWrappedFd() override { return socket_->fd(); }
  void Shutdown(absl::AnyInvocable<void(absl::StatusOr<int> release_fd)>
                    on_release_fd) override;

 private:
  class Observer;

  explicit IoLoopEndpoint(int fd);

  const EventEngine::ResolvedAddress peer_;
  const EventEngine::ResolvedAddress local_;
  std::shared_ptr<PolledSocket> socket_;
  Observer* observer_ = nullptr;  // the socket's, until it is closed
  bool shut_down_ = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_IO_LOOP_ENDPOINT_H_
