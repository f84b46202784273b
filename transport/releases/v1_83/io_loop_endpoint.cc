#include "transport/releases/v1_83/io_loop_endpoint.h"

#include <grpc/grpc.h>
#include <sys/socket.h>

#include <utility>

#include "src/core/lib/event_engine/default_event_engine.h"
#include "src/core/lib/iomgr/event_engine_shims/endpoint.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/release.h"
#include "transport/io_loop/io_loop.h"

namespace loopy {

using grpc_event_engine::experimental::GetDefaultEventEngine;
using grpc_event_engine::experimental::grpc_get_wrapped_event_engine_endpoint;

namespace {

// Returns what `get`, getpeername or getsockname, finds; nothing if it fails.
IoLoopEndpoint::EventEngine::ResolvedAddress AddressOf(
    int fd, int (*get)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage address = {};
  auto* const any_address = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (get(fd, any_address, &size) != 0) return {};
  return {any_address, size};
}

absl::Status ShutdownError() {
  return absl::UnavailableError("Endpoint closing");
}

// Runs `callback` later, with the error of an endpoint that was shut down.
void RunShutDown(IoLoopEndpoint::Callback callback) {
  GetDefaultEventEngine()->Run([callback = std::move(callback)]() mutable {
    callback(ShutdownError());
  });
}

}  // namespace

class IoLoopEndpoint::Observer final : public PolledSocket::Observer {
 public:
  explicit Observer(grpc_core::MemoryOwner memory)
      : memory_(std::move(memory)) {
    grpc_init();
  }
  ~Observer() override {
    // gRPC's end would wait for other threads, so under an ExecCtx it has one
    // of its own.
    grpc_core::ExecCtx exec_ctx;
    memory_ = grpc_core::MemoryOwner();
    on_read_ = nullptr;
    on_written_ = nullptr;
    grpc_shutdown();
  }

  // These are set before the socket starts the read, the write or the turn.
  void set_on_read(Callback on_read) { on_read_ = std::move(on_read); }
  void set_on_written(Callback on_written) {
    on_written_ = std::move(on_written);
  }
  void set_on_turn(grpc_closure* on_turn) { on_turn_ = on_turn; }

  // ---- PolledSocket::Observer
  grpc_slice NewBuffer(size_t size) override {
    grpc_core::ExecCtx exec_ctx;
    return memory_.MakeSlice(grpc_core::MemoryRequest(size));
  }
  void OnRead(absl::Status status) override {
    grpc_core::ExecCtx exec_ctx;
    std::exchange(on_read_, nullptr)(std::move(status));
  }
  void OnWritten(absl::Status status) override {
    grpc_core::ExecCtx exec_ctx;
    std::exchange(on_written_, nullptr)(std::move(status));
  }
  void OnTurn() override {
    grpc_core::ExecCtx exec_ctx;
    grpc_core::ExecCtx::Run(DEBUG_LOCATION, on_turn_, absl::OkStatus());
  }

 private:
  grpc_core::MemoryOwner memory_;
  Callback on_read_;
  Callback on_written_;
  grpc_closure* on_turn_ = nullptr;
};

std::unique_ptr<IoLoopEndpoint> IoLoopEndpoint::Create(
    int fd, grpc_core::MemoryOwner memory) {
  Poller* const poller = IoLoop::Default()->Pick();
  if (poller == nullptr) return nullptr;
  std::unique_ptr<IoLoopEndpoint> endpoint(new IoLoopEndpoint(fd));
  auto observer = std::make_unique<Observer>(std::move(memory));
  endpoint->observer_ = observer.get();
  endpoint->socket_ = PolledSocket::Start(fd, poller, std::move(observer));
  if (endpoint->socket_ == nullptr) return nullptr;
  return endpoint;
}

IoLoopEndpoint::IoLoopEndpoint(int fd)
    : peer_(AddressOf(fd, getpeername)), local_(AddressOf(fd, getsockname)) {}

IoLoopEndpoint::~IoLoopEndpoint() {
  if (socket_ != nullptr && !shut_down_) socket_->Close(ShutdownError());
}

bool IoLoopEndpoint::Read(Callback on_read,
                          grpc_event_engine::experimental::SliceBuffer* buffer,
                          ReadArgs /*args*/) {
  if (shut_down_) {
    RunShutDown(std::move(on_read));
    return false;
  }
  observer_->set_on_read(std::move(on_read));
  buffer->Clear();
  socket_->StartRead(buffer->c_slice_buffer());
  return false;
}

bool IoLoopEndpoint::Write(Callback on_writable,
                           grpc_event_engine::experimental::SliceBuffer* data,
                           WriteArgs /*args*/) {
  if (shut_down_) {
    RunShutDown(std::move(on_writable));
    return false;
  }
  observer_->set_on_written(std::move(on_writable));
  if (!socket_->StartWrite(data->c_slice_buffer())) return false;
  observer_->set_on_written(nullptr);
  return true;
}

bool IoLoopEndpoint::RunOnPollingThread(grpc_closure* closure) {
  if (shut_down_) return false;
  observer_->set_on_turn(closure);
  socket_->RequestTurn();
  return true;
}

bool RunOnPollingThread(grpc_endpoint* endpoint, grpc_closure* closure) {
  auto* const wrapped = grpc_get_wrapped_event_engine_endpoint(endpoint);
  if (wrapped == nullptr) return false;
  auto* const io_loop_endpoint = static_cast<IoLoopEndpoint*>(
      wrapped->QueryExtension(IoLoopEndpoint::kExtensionName));
  return io_loop_endpoint != nullptr &&
         io_loop_endpoint->RunOnPollingThread(closure);
}

void* IoLoopEndpoint::QueryExtension(absl::string_view id) {
  if (id == kExtensionName) return this;
  if (id == EndpointSupportsFdExtension::EndpointExtensionName()) {
    return static_cast<EndpointSupportsFdExtension*>(this);
  }
  return nullptr;
}

void IoLoopEndpoint::Shutdown(
    absl::AnyInvocable<void(absl::StatusOr<int> release_fd)> on_release_fd) {
  if (std::exchange(shut_down_, true)) return;
  if (on_release_fd == nullptr) {
    socket_->Close(ShutdownError());
    return;
  }
  socket_->Close(ShutdownError(),
                 [on_release_fd = std::move(on_release_fd)](int fd) mutable {
                   grpc_core::ExecCtx exec_ctx;
                   on_release_fd(fd);
                 });
}

}  // namespace loopy
