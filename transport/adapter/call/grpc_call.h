#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_GRPC_CALL_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_GRPC_CALL_H_

#include <cstdint>
#include <memory>

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

// The state machine of one call's batches of stream operations: gRPC's
// operations on one side, a Stream on the other. It knows neither how a
// release of gRPC dispatches batches nor what its endpoints are.
//
//   auto call = std::make_shared<GrpcCall>(connection.get(), resources,
//                                             arena);
//   call->Perform(batch);
//
// Every closure of a batch is scheduled exactly once (contract, 7). A send
// operation is done when the stream has its place among those that the peer
// allows, and no more than the write quota is queued: that of a small message
// at once, none when a write has ended (contract, 1). Where the call ends
// before it has a place, the operation fails with the call's status.
//
// When the trailers came while messages are unread, recv_trailing_metadata
// waits until they are taken, except in a call that has said that it takes no
// more: one that asked for a message and for the trailers in one batch. Another
// message ends such a call with UNIMPLEMENTED.
//
// Threads: Perform by gRPC, one at a time; the observer's methods at any time.
// Needs an ExecCtx on each. Lifetime: shared by gRPC's stream and, from its
// start to its end, the Stream.
class GrpcCall final : public StreamObserver,
                       public std::enable_shared_from_this<GrpcCall> {
 public:
  using Batch = grpc_transport_stream_op_batch;

  // `arena` outlives gRPC's stream.
  GrpcCall(ClientConnection* connection,
           std::shared_ptr<CallResources> resources, grpc_core::Arena* arena);

  void Perform(Batch* batch);

  // ---- StreamObserver
  void OnOpened() override;
  void OnHeaders(const HeaderList& headers) override;
  void OnMessageReady() override;
  void OnMessageAccepted() override;
  void OnEnd(StreamEnd end) override;

 private:
  using Finished = FinishedClosures;

  void Cancel(const grpc_error_handle& error);
  Stream::Send SendInitialMetadata(Batch* batch);
  // Schedules on_complete, or keeps the batch until the message is accepted.
  void SendMessage(Batch* batch);
  // Schedules on_complete of operations without a message, or keeps it until
  // the stream has its place.
  void CompleteSend(grpc_closure* on_complete, Stream::Send outcome);
  bool WaitsForPlaceLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return start_waits_ && !opened_;
  }
  // Completes the batch of a message that is dropped, as the call has ended.
  void DropMessageLocked(Batch* batch, Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Receive(Batch* batch);
  void StoreReceiveOpsLocked(Batch* batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  // Completes every receive operation that can be completed.
  void Progress();
  // False: the message is broken.
  bool ProgressLocked(Finished* finished) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void CancelBrokenMessage();
  // Why a message is an error; OK if none is.
  absl::Status MessageErrorLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // `headers`: the initial metadata, or null if there was none.
  void FinishInitialMetadataLocked(const HeaderList* headers,
                                   Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ProgressInitialMetadataLocked(Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // False: the message is broken, or one too many.
  bool ProgressMessageLocked(Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Whether there is a message, or a broken one, that the call does not take.
  bool FindsSurplusLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ProgressTrailingMetadataLocked(Finished* finished)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void FillTrailersLocked(grpc_metadata_batch* trailers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::shared_ptr<Stream> stream_;
  const std::shared_ptr<CallResources> resources_;
  bool started_ = false;  // Perform's

  Mutex mu_;  // the stream's lock may be taken inside
  absl::optional<HeaderList> headers_ ABSL_GUARDED_BY(mu_);
  absl::optional<StreamEnd> end_ ABSL_GUARDED_BY(mu_);
  grpc_transport_stream_stats byte_counts_ ABSL_GUARDED_BY(mu_);
  CallBytesTracer tracer_ ABSL_GUARDED_BY(mu_);

  // Whether the stream had to wait for a place when it started, and whether it
  // has got it; the on_complete closures that wait for that, of initial and of
  // trailing metadata.
  bool start_waits_ ABSL_GUARDED_BY(mu_) = false;
  bool opened_ ABSL_GUARDED_BY(mu_) = false;
  grpc_closure* waiting_for_place_[2] ABSL_GUARDED_BY(mu_) = {};

  // The batch whose message waits for a place or the write quota. It may be
  // accepted before this is set.
  Batch* waiting_send_ ABSL_GUARDED_BY(mu_) = nullptr;
  bool accepted_early_ ABSL_GUARDED_BY(mu_) = false;

  // Receive operations under way, null in between: each points at what gRPC
  // gave.
  decltype(grpc_transport_stream_op_batch_payload::recv_initial_metadata)
      recv_initial_metadata_ ABSL_GUARDED_BY(mu_);
  decltype(grpc_transport_stream_op_batch_payload::recv_message) recv_message_
      ABSL_GUARDED_BY(mu_);
  decltype(grpc_transport_stream_op_batch_payload::recv_trailing_metadata)
      recv_trailing_metadata_ ABSL_GUARDED_BY(mu_);
  bool takes_no_more_ ABSL_GUARDED_BY(mu_) = false;
  bool has_surplus_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_GRPC_CALL_H_
