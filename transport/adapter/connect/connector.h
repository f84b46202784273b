#ifndef LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTOR_H_
#define LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTOR_H_

#include "transport/adapter/connect/connection_attempt.h"
#include "transport/adapter/release.h"
#include "transport/base/mutex.h"

namespace loopy {

// Makes a subchannel's connections, one ConnectionAttempt at a time.
//
// Threads: any, under an ExecCtx. Lifetime: until orphaned, which ends the
// attempt that is under way.
class Connector final : public grpc_core::SubchannelConnector {
 public:
  void Connect(const Args& args, Result* result, grpc_closure* notify) override;
  void Shutdown(grpc_error_handle error) override;

 private:
  // Lets go of an attempt that has ended, unless there is a new one.
  void Forget(const ConnectionAttempt* attempt);

  Mutex mu_{LockRank::kConnector};
  grpc_core::RefCountedPtr<ConnectionAttempt> attempt_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CONNECT_CONNECTOR_H_
