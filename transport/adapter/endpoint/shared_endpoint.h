#ifndef LOOPY_TRANSPORT_ADAPTER_ENDPOINT_SHARED_ENDPOINT_H_
#define LOOPY_TRANSPORT_ADAPTER_ENDPOINT_SHARED_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/iomgr/iomgr_fwd.h"
#include "transport/base/mutex.h"

namespace loopy {

// A grpc_endpoint that its connection may let go while gRPC still puts it into
// pollsets: the socket is gone as soon as the connection is, whoever else still
// holds on to the transport.
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

  // Such as "ipv4:127.0.0.1:50051"; valid as long as this object.
  const std::string& peer() const { return peer_; }
  const std::string& local_address() const { return local_address_; }

  // Null after LetGo. The endpoint is destroyed when the last one who holds it
  // has let go.
  std::shared_ptr<grpc_endpoint> get();

  void AddToPollset(grpc_pollset* pollset);
  void AddToPollsetSet(grpc_pollset_set* pollset_set);

  // Says that the endpoint is in `pollset_set`, which outlives the matching
  // LeavePollsetSet(). LetGo takes it out if that comes first.
  void SetPollsetSet(grpc_pollset_set* pollset_set);
  void LeavePollsetSet();

  // Twice is harmless.
  void LetGo();

  // LetGo, if that was not called, and runs what NotifyWhenDestroyed was given.
  // No read or write is under way. Twice is harmless.
  void Destroy();

  // Runs `callback` inside Destroy, once. False: it is destroyed already, and
  // `callback` will not run. One callback at most.
  bool NotifyWhenDestroyed(absl::AnyInvocable<void()> callback);

 private:
  void LeavePollsetSetLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string peer_;
  const std::string local_address_;

  Mutex mu_;
  std::shared_ptr<grpc_endpoint> endpoint_ ABSL_GUARDED_BY(mu_);
  bool destroyed_ ABSL_GUARDED_BY(mu_) = false;
  grpc_pollset_set* pollset_set_ ABSL_GUARDED_BY(mu_) = nullptr;
  absl::AnyInvocable<void()> on_destroyed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_ENDPOINT_SHARED_ENDPOINT_H_
