#include "tests/integration/programs/reserved_memory.h"

#include <utility>

#include "src/core/lib/channel/channel_args.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "src/core/lib/resource_quota/memory_quota.h"
#include "src/core/lib/resource_quota/resource_quota.h"
#include "transport/adapter/release.h"

namespace loopy {

struct ReservedMemory::Reservation {
  Reservation(grpc_core::MemoryOwner memory_owner, size_t bytes)
      : owner(std::move(memory_owner)),
        reservation(owner.MakeReservation(bytes)) {}

  grpc_core::MemoryOwner owner;
  grpc_core::MemoryAllocator::Reservation reservation;
};

ReservedMemory::ReservedMemory(const grpc::ResourceQuota& quota, size_t bytes)
    : reservation_([&quota, bytes] {
        const grpc_core::ExecCtx exec_ctx;
        const auto args = grpc_core::ChannelArgs().SetObject(
            grpc_core::ResourceQuota::FromC(quota.c_resource_quota())->Ref());
        return std::make_unique<Reservation>(MakeMemoryOwner(args, "test"),
                                             bytes);
      }()) {}

ReservedMemory::~ReservedMemory() {
  const grpc_core::ExecCtx exec_ctx;
  reservation_.reset();
}

}  // namespace loopy
