#include "transport/adapter/endpoint/linger.h"

#include <grpc/grpc.h>
#include <sys/eventfd.h>

#include "src/core/lib/iomgr/ev_posix.h"
#include "transport/adapter/endpoint/transport_clock.h"

namespace loopy {
namespace {

// For as long as a busy machine may need to start or wake a thread, and often
// enough that it is not always another poller that sees the event.
constexpr absl::Duration kWakeFor = absl::Milliseconds(500);
constexpr absl::Duration kWakeEvery = absl::Milliseconds(20);

void Wake(grpc_fd* fd, absl::Time until) {
  Clock* const clock = TransportClock();
  if (clock->Now() < until) {
    // An event, which ends the sleep of whoever polls.
    eventfd_write(grpc_fd_wrapped_fd(fd), 1);
    clock->RunAfter(kWakeEvery, [=] { Wake(fd, until); });
  } else {
    grpc_fd_orphan(fd, /*on_done=*/nullptr, /*release_fd=*/nullptr,
                   "loopy_wake_backup_poller");
    grpc_shutdown();
  }
}

}  // namespace

// iomgr's TCP polls for every write that waits, on a thread of its own (its
// "backup poller"). That need not have noticed the end of the connection: it
// may sleep for 10 s more, in which gRPC's shutdown would wait for it, and
// whoever initialises gRPC anew would wait for that. This wakes it.
void AfterWritesThatWaited() {
  const int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (event < 0) return;
  grpc_init();
  Wake(grpc_fd_create(event, "loopy_wake_backup_poller", /*track_err=*/false),
       TransportClock()->Now() + kWakeFor);
}

}  // namespace loopy
