#include "tests/adapter/test_poller.h"

#include <grpc/support/alloc.h>

#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/release.h"
#include "transport/base/log.h"

namespace loopy {

TestPoller::TestPoller()
    : pollset_(static_cast<grpc_pollset*>(gpr_zalloc(grpc_pollset_size()))) {
  grpc_pollset_init(pollset_, &mu_);
}

TestPoller::~TestPoller() {
  bool shut_down = false;
  grpc_closure on_shut_down;
  GRPC_CLOSURE_INIT(
      &on_shut_down,
      [](void* shut_down, grpc_error_handle) {
        *static_cast<bool*>(shut_down) = true;
      },
      &shut_down, nullptr);
  gpr_mu_lock(mu_);
  grpc_pollset_shutdown(pollset_, &on_shut_down);
  gpr_mu_unlock(mu_);
  grpc_core::ExecCtx::Get()->Flush();
  LOOPY_CHECK(shut_down);
  grpc_pollset_destroy(pollset_);
  gpr_free(pollset_);
}

bool TestPoller::Until(const std::function<bool()>& done) {
  const grpc_core::Timestamp deadline =
      grpc_core::Timestamp::Now() + grpc_core::Duration::Seconds(10);
  grpc_core::ExecCtx* const exec_ctx = grpc_core::ExecCtx::Get();
  while (exec_ctx->Flush(), !done()) {
    exec_ctx->InvalidateNow();
    if (grpc_core::Timestamp::Now() > deadline) return false;
    gpr_mu_lock(mu_);
    const grpc_error_handle error = grpc_pollset_work(
        pollset_, nullptr,
        grpc_core::Timestamp::Now() + grpc_core::Duration::Milliseconds(20));
    gpr_mu_unlock(mu_);
    LOOPY_CHECK(error.ok());
  }
  return true;
}

}  // namespace loopy
