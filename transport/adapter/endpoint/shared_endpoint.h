#ifndef LOOPY_TRANSPORT_ADAPTER_ENDPOINT_SHARED_ENDPOINT_H_
#define LOOPY_TRANSPORT_ADAPTER_ENDPOINT_SHARED_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/iomgr/iomgr_fwd.h"
#include "transport/base/mutex.h"

namespace loopy {

// Shares a grpc_endpoint between its connection and gRPC, which puts it into
// pollsets. The connection may let it go at any time: the socket is gone as
// soon as the connection is, whoever else still holds the transport.
//
//   auto shared = std::make_shared<SharedEndpoint>(endpoint);
//   shared->AddToPollset(pollset);  // any thread, also after LetGo
//   shared->LetGo();                // the connection's IomgrEndpoint
//   shared->Destroy();
//
// Threads: any, under an ExecCtx. The lock is held across calls into
// gRPC's poller, which calls nothing of ours, and never across a read, a write
// or a callback. Lifetime: shared; destroys the endpoint at the latest when it
// goes.
class SharedEndpoint {
 public:
  // Takes over `endpoint`.
  explicit SharedEndpoint(grpc_endpoint* endpoint);
  ~SharedEndpoint() { Destroy(); }
  SharedEndpoint(const SharedEndpoint&) = delete;
  SharedEndpoint& operator=(const SharedEndpoint&) = delete;

  // Returns an address such as "ipv4:127.0.0.1:50051", valid as long as this
  // object.
  const std::string& peer() const { return peer_; }
  const std::string& local_address() const { return local_address_; }

  // Returns null after LetGo. The endpoint is destroyed when its last holder
  // has let go.
  std::shared_ptr<grpc_endpoint> get();

  void AddToPollset(grpc_pollset* pollset);
  void AddToPollsetSet(grpc_pollset_set* pollset_set);

  // Puts the endpoint into `pollset_set`, which outlives the matching
  // LeavePollsetSet(). LetGo takes it out if that comes first.
  void SetPollsetSet(grpc_pollset_set* pollset_set);
  void LeavePollsetSet();

  // Calling it twice is harmless.
  void LetGo();

  // Calls LetGo if nobody did, and runs what NotifyWhenDestroyed was given. No
  // read or write is under way. Calling it twice is harmless.
  void Destroy();

  // Runs `callback` inside Destroy, once. Returns false if the endpoint is
  // destroyed already: then `callback` will not run. There is one callback at
  // most.
  bool NotifyWhenDestroyed(absl::AnyInvocable<void()> callback);

 private:
  void LeavePollsetSetLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string peer_;
  const std::string local_address_;

  Mutex mu_{LockRank::kSharedEndpoint};
  std::shared_ptr<grpc_endpoint> endpoint_ ABSL_GUARDED_BY(mu_);
  bool destroyed_ ABSL_GUARDED_BY(mu_) = false;
  grpc_pollset_set* pollset_set_ ABSL_GUARDED_BY(mu_) = nullptr;
  absl::AnyInvocable<void()> on_destroyed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_ENDPOINT_SHARED_ENDPOINT_H_
