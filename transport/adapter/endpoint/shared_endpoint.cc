#include "transport/adapter/endpoint/shared_endpoint.h"

#include <utility>

#include "transport/base/log.h"

namespace loopy {

SharedEndpoint::SharedEndpoint(grpc_endpoint* endpoint)
    : peer_(grpc_endpoint_get_peer(endpoint)),
      local_address_(grpc_endpoint_get_local_address(endpoint)),
      endpoint_(endpoint, grpc_endpoint_destroy) {}

std::shared_ptr<grpc_endpoint> SharedEndpoint::get() {
  MutexLock lock(&mu_);
  return endpoint_;
}

void SharedEndpoint::AddToPollset(grpc_pollset* pollset) {
  MutexLock lock(&mu_);
  if (endpoint_ != nullptr)
    grpc_endpoint_add_to_pollset(endpoint_.get(), pollset);
}

void SharedEndpoint::AddToPollsetSet(grpc_pollset_set* pollset_set) {
  MutexLock lock(&mu_);
  if (endpoint_ != nullptr) {
    grpc_endpoint_add_to_pollset_set(endpoint_.get(), pollset_set);
  }
}

void SharedEndpoint::SetPollsetSet(grpc_pollset_set* pollset_set) {
  MutexLock lock(&mu_);
  LOOPY_CHECK(pollset_set_ == nullptr);
  if (endpoint_ != nullptr) pollset_set_ = pollset_set;
}

void SharedEndpoint::LeavePollsetSet() {
  MutexLock lock(&mu_);
  LeavePollsetSetLocked();
}

void SharedEndpoint::LeavePollsetSetLocked() {
  if (pollset_set_ == nullptr) return;
  grpc_endpoint_delete_from_pollset_set(endpoint_.get(), pollset_set_);
  pollset_set_ = nullptr;
}

void SharedEndpoint::LetGo() {
  std::shared_ptr<grpc_endpoint> endpoint;
  {
    MutexLock lock(&mu_);
    LeavePollsetSetLocked();
    endpoint = std::move(endpoint_);
  }
}

void SharedEndpoint::Destroy() {
  LetGo();
  absl::AnyInvocable<void()> on_destroyed;
  {
    MutexLock lock(&mu_);
    destroyed_ = true;
    on_destroyed = std::exchange(on_destroyed_, nullptr);
  }
  if (on_destroyed) on_destroyed();
}

bool SharedEndpoint::NotifyWhenDestroyed(absl::AnyInvocable<void()> callback) {
  MutexLock lock(&mu_);
  if (destroyed_) return false;
  LOOPY_CHECK(!on_destroyed_);
  on_destroyed_ = std::move(callback);
  return true;
}

}  // namespace loopy
