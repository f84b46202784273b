#include "transport/releases/v1_83/transport.h"

#include <new>
#include <utility>

#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/call/grpc_call.h"
#include "transport/releases/v1_83/event_engine_of.h"

namespace loopy {
namespace {

// A grpc_stream of this transport holds one of these.
struct StreamData {
  grpc_core::RefCountedPtr<grpc_core::Transport> transport;
  std::shared_ptr<GrpcCall> call;
};

StreamData* DataOf(grpc_stream* stream) {
  return reinterpret_cast<StreamData*>(stream);
}

}  // namespace

void FinishConnecting(std::unique_ptr<ClientTransport> transport,
                      grpc_core::SubchannelConnector::Result* result) {
  result->max_concurrent_streams =
      transport->state_tracker()->max_concurrent_streams();
  result->transport =
      new Transport(std::move(transport), EventEngineOf(result->channel_args));
}

Transport::Transport(std::unique_ptr<ClientTransport> transport,
                     std::shared_ptr<StateWatcherAdapter::EventEngine> engine)
    : transport_(std::move(transport)),
      watch_(std::make_shared<StateWatcherAdapter>(transport_->state_tracker(),
                                                   std::move(engine))) {
  transport_->state_tracker()->SetObserver(watch_);
}

void Transport::Orphan() {
  transport_->Close(absl::UnavailableError("the channel was closed"));
  Unref();
}

void Transport::SetPollset(grpc_stream* /*stream*/, grpc_pollset* pollset) {
  transport_->endpoint()->AddToPollset(pollset);
}

void Transport::SetPollsetSet(grpc_stream* /*stream*/,
                              grpc_pollset_set* pollset_set) {
  transport_->endpoint()->AddToPollsetSet(pollset_set);
}

void Transport::StartWatch(grpc_core::RefCountedPtr<StateWatcher> watcher) {
  if (watcher->interested_parties() != nullptr) {
    transport_->endpoint()->AddToPollsetSet(watcher->interested_parties());
  }
  watch_->Start(std::move(watcher));
}

void Transport::StopWatch(grpc_core::RefCountedPtr<StateWatcher> watcher) {
  watch_->Stop(watcher.get());
}

size_t Transport::SizeOfStream() const { return sizeof(StreamData); }

void Transport::InitStream(grpc_stream* stream,
                           grpc_stream_refcount* /*refcount*/,
                           const void* /*server_data*/,
                           grpc_core::Arena* arena) {
  new (DataOf(stream)) StreamData{Ref(), transport_->NewCall(arena)};
}

void Transport::PerformStreamOp(grpc_stream* stream,
                                grpc_transport_stream_op_batch* batch) {
  DataOf(stream)->call->Perform(batch);
}

void Transport::DestroyStream(grpc_stream* stream,
                              grpc_closure* then_schedule_closure) {
  DataOf(stream)->~StreamData();
  grpc_core::ExecCtx::Run(DEBUG_LOCATION, then_schedule_closure,
                          absl::OkStatus());
}

}  // namespace loopy
