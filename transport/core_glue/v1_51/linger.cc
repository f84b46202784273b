#include "transport/core_glue/v1_51/linger.h"

#include <grpc/grpc.h>
#include <sys/eventfd.h>

#include "src/core/lib/iomgr/ev_posix.h"
#include "transport/core_glue/v1_51/iomgr_clock.h"

namespace loopy {
namespace {

// Far more than a sleeping thread needs to wake up.
constexpr absl::Duration kTimeToWake = absl::Milliseconds(50);

}  // namespace

void KeepGrpcWhileItLingers(const std::shared_ptr<SharedEndpoint>& endpoint) {
  grpc_init();
  if (!endpoint->NotifyWhenDestroyed([] { grpc_shutdown(); })) grpc_shutdown();
}

void WakeBackupPoller() {
  const int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event < 0) return;
  grpc_init();
  // Its being writable is an event, which ends the sleep of whoever polls.
  grpc_fd* const fd =
      grpc_fd_create(event, "loopy_wake_backup_poller", /*track_err=*/false);
  IomgrClock::Get()->RunAfter(kTimeToWake, [fd] {
    grpc_fd_orphan(fd, /*on_done=*/nullptr, /*release_fd=*/nullptr,
                   "loopy_wake_backup_poller");
    grpc_shutdown();
  });
}

}  // namespace loopy
