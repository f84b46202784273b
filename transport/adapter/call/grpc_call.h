#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_GRPC_CALL_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_GRPC_CALL_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "src/core/lib/iomgr/closure.h"
#include "transport/adapter/call/call_resources.h"
#include "transport/adapter/call/finished_closures.h"
#include "transport/adapter/release.h"
#include "transport/base/mutex.h"
#include "transport/connection/client_connection.h"
#include "transport/stream/stream.h"
#include "transport/stream/stream_observer.h"

namespace loopy {

// Runs one call's batches of stream operations on a Stream. It knows neither
// how a release of gRPC dispatches batches nor what its endpoints are.
//
//   auto call = std::make_shared<GrpcCall>(connection.get(), resources, arena);
//   call->Perform(batch);
//
// Every closure of a batch is scheduled exactly once (contract, 7). A send
// operation is done when the stream has one of the slots that the peer allows,
// and no more than the write quota is queued. So a small message's operation is
// done at once, and none waits for a write to end (contract, 1). If the call
// ends before it has a slot, the operation fails with the call's status.
//
// When the trailers come while messages are unread, recv_trailing_metadata
// waits until the messages are taken. A call that asks for a message and for
// the trailers in one batch takes no more messages: it does not wait, and
// another message ends it with UNIMPLEMENTED.
//
// Threads: gRPC calls Perform, one call at a time; the observer's methods may
// be called at any time. Each thread needs an ExecCtx. Lifetime: shared by
// gRPC's stream and, from its start to its end, the Stream.
class GrpcCall final : public StreamObserver,
                       public std::enable_shared_from_this<GrpcCall> {
 public:
  using Batch = grpc_transport_stream_op_batch;

  // `arena` outlives gRPC's stream.
  GrpcCall(ClientConnection* connection,
           std::shared_ptr<CallResources> resources, grpc_core::Arena* arena)
      : stream_(connection->NewStream()),
        resources_(std::move(resources)),
        arena_(arena),
        tracer_(arena) {}

  void Perform(Batch* batch);

  // ---- StreamObserver
  void OnOpened() override;
  void OnHeaders(const HeaderList& headers) override;
  void OnMessageReady() override;
  void OnMessageAccepted() override;
  void OnEnd(StreamEnd end, const HeaderList& trailers) override;

 private:
  using Finished = FinishedClosures;

  void Cancel(const grpc_error_handle& error);
  // Leaves what the call waited for where the channel's WaitFilter finds it.
  void LeaveWaitText();
  Stream::Send SendInitialMetadata(Batch* batch);
  // Schedules on_complete, or keeps the batch until the message is accepted.
  void SendMessage(Batch* batch);
  // Schedules on_complete of operations without a message, or keeps it until
  // the stream has its slot.
  void CompleteSend(grpc_closure* on_complete, Stream::Send outcome);
  bool WaitsForSlotLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return start_waits_ && !opened_;
  }
  // Completes the batch of a message that is dropped because the call has
  // ended.
  void DropMessageLocked(Batch* batch, Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Counts the message to be sent, and stores and progresses the receive
  // operations.
  void CountAndReceive(Batch* batch);
  void CountMessageLocked(Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void StoreReceiveOpsLocked(Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Completes every receive operation that can be completed.
  void Progress();
  // Returns false if the message is broken.
  bool ProgressLocked(const HeaderList& trailers, Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CancelBrokenMessage();
  // Returns why a message is an error; OK if none is.
  absl::Status MessageErrorLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // `headers` is the initial metadata, or null if there was none.
  void FinishInitialMetadataLocked(const HeaderList* headers,
                                   Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ProgressInitialMetadataLocked(Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns false if the message is broken, or is one too many.
  bool ProgressMessageLocked(Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Returns whether there is a message, whole or broken, that the call does not
  // take.
  bool FindsSurplusLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Stream::Next NextMessageLocked(Message* message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ProgressTrailingMetadataLocked(const HeaderList& trailers,
                                      Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FillTrailersLocked(const HeaderList& trailers, grpc_metadata_batch* out)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<CallResources> resources_;
  grpc_core::Arena* const arena_;
  bool started_ = false;  // used by Perform only

  Mutex mu_{LockRank::kCall};
  absl::optional<HeaderList> headers_ ABSL_GUARDED_BY(mu_);
  absl::optional<StreamEnd> end_ ABSL_GUARDED_BY(mu_);
  // The peer's trailers, if they came before gRPC could be given them.
  HeaderList trailers_ ABSL_GUARDED_BY(mu_);
  bool trailers_done_ ABSL_GUARDED_BY(mu_) = false;
  grpc_transport_stream_stats byte_counts_ ABSL_GUARDED_BY(mu_);
  CallBytesTracer tracer_ ABSL_GUARDED_BY(mu_);

  // Whether the stream had to wait for a slot when it started, whether it has
  // got one, and the on_complete closures that wait for it: those of initial
  // and of trailing metadata.
  bool start_waits_ ABSL_GUARDED_BY(mu_) = false;
  bool opened_ ABSL_GUARDED_BY(mu_) = false;
  grpc_closure* waiting_for_slot_[2] ABSL_GUARDED_BY(mu_) = {};

  // The batch whose message waits for a slot or the write quota. The message
  // may be accepted before this is set. gRPC's retries may start a message
  // while another waits; the earlier one is complete then.
  Batch* waiting_send_ ABSL_GUARDED_BY(mu_) = nullptr;
  bool accepted_early_ ABSL_GUARDED_BY(mu_) = false;

  // The receive operations under way, null in between. Each points at what gRPC
  // gave.
  decltype(grpc_transport_stream_op_batch_payload::recv_initial_metadata)
      recv_initial_metadata_ ABSL_GUARDED_BY(mu_);
  decltype(grpc_transport_stream_op_batch_payload::recv_message) recv_message_
      ABSL_GUARDED_BY(mu_);
  decltype(grpc_transport_stream_op_batch_payload::recv_trailing_metadata)
      recv_trailing_metadata_ ABSL_GUARDED_BY(mu_);
  // NextMessage returned kWait, and OnMessageReady has not come since.
  bool stream_waits_ ABSL_GUARDED_BY(mu_) = false;
  bool takes_no_more_ ABSL_GUARDED_BY(mu_) = false;
  bool has_surplus_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_GRPC_CALL_H_
