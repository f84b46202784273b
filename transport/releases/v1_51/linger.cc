#include "transport/adapter/endpoint/linger.h"

#include <grpc/grpc.h>
#include <sys/eventfd.h>

#include "src/core/lib/iomgr/ev_posix.h"
#include "transport/adapter/endpoint/transport_clock.h"

namespace loopy {
namespace {

// A busy machine may need this long to start or wake a thread. The event comes
// often enough that it is not always another poller that sees it.
constexpr absl::Duration kWakeFor = absl::Milliseconds(500);
constexpr absl::Duration kWakeEvery = absl::Milliseconds(20);

void Wake(grpc_fd* fd, absl::Time until) {
  Clock* const clock = TransportClock();
  if (clock->Now() < until) {
    // The event wakes a poller.
    eventfd_write(grpc_fd_wrapped_fd(fd), 1);
    clock->RunAfter(kWakeEvery, [=] { Wake(fd, until); });
  } else {
    grpc_fd_orphan(fd, /*on_done=*/nullptr, /*release_fd=*/nullptr,
                   "loopy_wake_backup_poller");
    grpc_shutdown();
  }
}

}  // namespace

// iomgr's TCP polls for every write that waits, on a thread of its own, the
// "backup poller". That thread need not have noticed the end of the connection.
// It may sleep for 10 s more; gRPC's shutdown would wait for it, and a new
// initialisation of gRPC would wait for the shutdown. This wakes it.
void AfterWritesThatWaited() {
  const int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event < 0) return;
  grpc_init();
  Wake(grpc_fd_create(event, "loopy_wake_backup_poller", /*track_err=*/false),
       TransportClock()->Now() + kWakeFor);
}

}  // namespace loopy
