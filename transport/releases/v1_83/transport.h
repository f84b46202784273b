#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_TRANSPORT_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_TRANSPORT_H_

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "transport/adapter/release.h"
#include "transport/adapter/transport/client_transport.h"
#include "transport/releases/v1_83/state_watcher_adapter.h"

namespace loopy {

// A transport under a stack of filters, gRPC 1.83's view of a connection. It
// dispatches gRPC's operations to a ClientTransport.
//
// Threads: as gRPC calls it. Nothing blocks. Lifetime: its owner's, until
// Orphan, and its streams'.
class Transport final : public grpc_core::FilterStackTransport {
 public:
  // `engine` as EventEngineOf returns it.
  Transport(std::unique_ptr<ClientTransport> transport,
            std::shared_ptr<StateWatcherAdapter::EventEngine> engine);

  // ---- grpc_core::Transport
  void Orphan() override;
  grpc_core::FilterStackTransport* filter_stack_transport() override {
    return this;
  }
  grpc_core::ClientTransport* client_transport() override { return nullptr; }
  grpc_core::ServerTransport* server_transport() override { return nullptr; }
  absl::string_view GetTransportName() const override { return kTransportName; }
  void SetPollset(grpc_stream* stream, grpc_pollset* pollset) override;
  void SetPollsetSet(grpc_stream* stream,
                     grpc_pollset_set* pollset_set) override;
  void PerformOp(grpc_transport_op* op) override { transport_->PerformOp(op); }
  void StartWatch(grpc_core::RefCountedPtr<StateWatcher> watcher) override;
  void StopWatch(grpc_core::RefCountedPtr<StateWatcher> watcher) override;
  grpc_core::RefCountedPtr<grpc_core::channelz::SocketNode> GetSocketNode()
      const override {
    return transport_->socket_node();
  }

  // ---- grpc_core::FilterStackTransport
  size_t SizeOfStream() const override;
  void InitStream(grpc_stream* stream, grpc_stream_refcount* refcount,
                  const void* server_data, grpc_core::Arena* arena) override;
  bool HackyDisableStreamOpBatchCoalescingInConnectedChannel() const override {
    return false;
  }
  void PerformStreamOp(grpc_stream* stream,
                       grpc_transport_stream_op_batch* batch) override;
  void DestroyStream(grpc_stream* stream,
                     grpc_closure* then_schedule_closure) override;

 private:
  const std::unique_ptr<ClientTransport> transport_;
  const std::shared_ptr<StateWatcherAdapter> watch_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_TRANSPORT_H_
