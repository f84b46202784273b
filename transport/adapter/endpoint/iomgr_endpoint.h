#ifndef LOOPY_TRANSPORT_ADAPTER_ENDPOINT_IOMGR_ENDPOINT_H_
#define LOOPY_TRANSPORT_ADAPTER_ENDPOINT_IOMGR_ENDPOINT_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "transport/adapter/endpoint/shared_endpoint.h"
#include "transport/base/clock.h"
#include "transport/base/endpoint.h"
#include "transport/base/slice.h"

namespace loopy {

// Moves a connection's bytes over gRPC's iomgr: over a TCP socket, or over the
// TLS or ALTS that the handshakers put on one.
//
//   auto shared = std::make_shared<SharedEndpoint>(grpc_endpoint);
//   IomgrEndpoint endpoint(shared, clock);
//   endpoint.SetObservers(reader, writer);
//   endpoint.StartRead();  // -> reader->OnRead, from the ExecCtx
//
// In releases with EventEngine endpoints, iomgr's endpoints wrap them. Nothing
// is allocated for a read or a write. iomgr runs a callback inside the call
// that started it when it need not wait; here each callback goes over the
// ExecCtx.
//
// Threads: as Endpoint says. Every method but peer() needs an ExecCtx on the
// thread; callers out of gRPC have one. Lifetime: destroyed when read and
// write have ended; the socket goes with it. The clock outlives it.
class IomgrEndpoint final : public Endpoint {
 public:
  // A thread that writes for others does not get to its own call. So it makes a
  // row of writes, none of which has to wait, for no longer than this after the
  // first. gRPC's executor makes the next ones, if gRPC has an executor.
  static constexpr absl::Duration kLongestRow = absl::Microseconds(50);
  // The same for the thread that finds that a write need not wait any more.
  // Bulk has such writes, and a change of the thread costs some of its rate.
  static constexpr absl::Duration kLongestRowAfterAWait =
      absl::Milliseconds(10);

  IomgrEndpoint(std::shared_ptr<SharedEndpoint> endpoint, Clock* clock);
  ~IomgrEndpoint() override;

  void SetObservers(ReadObserver* reader, WriteObserver* writer) override;
  void StartRead() override;
  void StartWrite(SliceBuffer* bytes) override;
  bool RequestTurn() override;
  bool HandOver() override;
  bool MaybeHandOver() override;
  void SetUnsentLimit(size_t bytes) override;
  bool HasUnsentBytes() override;
  size_t KernelBytes() override;
  absl::optional<uint64_t> AckedBytes() override;
  absl::optional<uint64_t> SentBytes() override;
  bool PeerHasClosed() override;
  void Shutdown(absl::Status why) override;
  void Abort(absl::Status why) override;
  absl::string_view peer() const override { return shared_->peer(); }

 private:
  class Use;

  static void OnReadEnded(void* self, grpc_error_handle error);
  static void OnWriteEnded(void* self, grpc_error_handle error);
  static void DeliverRead(void* self, grpc_error_handle error);
  static void DeliverWrite(void* self, grpc_error_handle error);
  static void DeliverTurn(void* self, grpc_error_handle error);
  static void DeliverTakeOver(void* self, grpc_error_handle error);

  // This thread begins a row of writes.
  void BeginRow(absl::Duration longest);

  const std::shared_ptr<SharedEndpoint> shared_;
  grpc_endpoint* const endpoint_;  // shared_'s, until it lets go
  Clock* const clock_;
  ReadObserver* reader_ = nullptr;
  WriteObserver* writer_ = nullptr;

  SliceBuffer read_buffer_;
  bool writes_had_to_wait_ = false;  // at least one
  absl::Duration longest_row_;
  absl::optional<absl::Time> row_began_;  // when its first write had ended

  // iomgr runs these, perhaps inside StartRead and StartWrite...
  grpc_closure on_read_ended_;
  grpc_closure on_write_ended_;
  // ... so they only put these on the ExecCtx.
  grpc_closure deliver_read_;
  grpc_closure deliver_write_;

  grpc_closure deliver_turn_;
  grpc_closure deliver_take_over_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_ENDPOINT_IOMGR_ENDPOINT_H_
