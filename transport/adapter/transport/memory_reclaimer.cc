#include "transport/adapter/transport/memory_reclaimer.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/iomgr/exec_ctx.h"

namespace loopy {
namespace {

using Pass = grpc_core::ReclamationPass;

// The text is the built-in transport's.
absl::Status BuffersFull() {
  return absl::ResourceExhaustedError("Buffers full");
}

}  // namespace

MemoryReclaimer::MemoryReclaimer(grpc_core::MemoryOwner owner,
                                 size_t object_size)
    : owner_(std::move(owner)),
      reservation_(owner_.MakeReservation(object_size)) {}

void MemoryReclaimer::Start(std::weak_ptr<ClientConnection> connection) {
  connection_ = std::move(connection);
  OnIdle();
}

void MemoryReclaimer::OnCall() {
  if (destructive_posted_.load(std::memory_order_relaxed)) return;
  if (!destructive_posted_.exchange(true)) Post(Pass::kDestructive);
}

void MemoryReclaimer::OnIdle() {
  if (benign_posted_.load(std::memory_order_relaxed)) return;
  if (!benign_posted_.exchange(true)) Post(Pass::kBenign);
}

void MemoryReclaimer::Post(Pass pass) {
  owner_.PostReclaimer(
      pass, [weak = weak_from_this(),
             pass](absl::optional<grpc_core::ReclamationSweep> sweep) {
        if (!sweep.has_value()) return;  // the quota or this object is gone
        // The sweep does not run here, where the quota holds a lock of its own.
        grpc_core::ExecCtx::Run(
            DEBUG_LOCATION,
            grpc_core::NewClosure([weak, pass, sweep = *std::move(sweep)](
                                      grpc_error_handle /*error*/) mutable {
              const std::shared_ptr<MemoryReclaimer> self = weak.lock();
              if (self != nullptr) self->Reclaim(pass);
              sweep.Finish();
            }),
            absl::OkStatus());
      });
}

void MemoryReclaimer::Reclaim(Pass pass) {
  const std::shared_ptr<ClientConnection> connection = connection_.lock();
  if (connection == nullptr) return;
  if (pass == Pass::kBenign) {
    benign_posted_ = false;
    connection->DrainIfIdle(BuffersFull());
  } else {
    destructive_posted_ = false;
    if (connection->AbandonStream(BuffersFull())) OnCall();
  }
}

}  // namespace loopy
