#ifndef LOOPY_TRANSPORT_ADAPTER_TRANSPORT_MEMORY_RECLAIMER_H_
#define LOOPY_TRANSPORT_ADAPTER_TRANSPORT_MEMORY_RECLAIMER_H_

#include <atomic>
#include <memory>

#include "src/core/lib/resource_quota/memory_quota.h"
#include "transport/adapter/release.h"
#include "transport/connection/client_connection.h"

namespace loopy {

// Gives memory back when the channel's resource quota is short of it, as the
// built-in transport does. A connection without calls ends. Otherwise calls end
// one by one with RESOURCE_EXHAUSTED, until the quota has enough. gRPC's
// endpoints and call arenas count the bytes.
//
//   auto reclaimer = std::make_shared<MemoryReclaimer>(owner, object_size);
//   reclaimer->Start(connection);
//   reclaimer->OnCall();   // before a call starts
//   reclaimer->OnIdle();   // the last call has ended
//
// Threads: any, under an ExecCtx; takes no lock of ours. Lifetime: shared; the
// quota knows it weakly, and it knows the connection weakly.
class MemoryReclaimer final
    : public std::enable_shared_from_this<MemoryReclaimer> {
 public:
  // `object_size` bytes count as long as this object lives.
  MemoryReclaimer(grpc_core::MemoryOwner owner, size_t object_size);

  // Called once, first.
  void Start(std::weak_ptr<ClientConnection> connection);
  void OnCall();
  void OnIdle();

  // Returns how short memory is, between 0 and 1.
  double pressure() const {
    return owner_.GetPressureInfo().pressure_control_value;
  }

 private:
  void Post(grpc_core::ReclamationPass pass);
  void Reclaim(grpc_core::ReclamationPass pass);

  grpc_core::MemoryOwner owner_;
  const grpc_core::MemoryAllocator::Reservation reservation_;
  std::weak_ptr<ClientConnection> connection_;  // constant from Start
  // Whether the quota has a reclaimer of ours for the pass.
  std::atomic<bool> benign_posted_{false};
  std::atomic<bool> destructive_posted_{false};
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_TRANSPORT_MEMORY_RECLAIMER_H_
