#include "transport/adapter/connect/connector.h"

#include <utility>

namespace loopy {

void Connector::Connect(const Args& args, Result* result,
                        grpc_closure* notify) {
  auto attempt = grpc_core::MakeRefCounted<ConnectionAttempt>(
      args, result, notify, [self = Ref()](const ConnectionAttempt* ended) {
        static_cast<Connector*>(self.get())->Forget(ended);
      });
  {
    MutexLock lock(&mu_);
    attempt_ = attempt;
  }
  attempt->Start();
}

void Connector::Forget(const ConnectionAttempt* attempt) {
  grpc_core::RefCountedPtr<ConnectionAttempt> forgotten;
  MutexLock lock(&mu_);
  if (attempt_.get() == attempt) forgotten = std::move(attempt_);
}

void Connector::Shutdown(grpc_error_handle error) {
  grpc_core::RefCountedPtr<ConnectionAttempt> attempt;
  {
    MutexLock lock(&mu_);
    attempt = std::move(attempt_);
  }
  if (attempt != nullptr) attempt->Shutdown(error);
}

}  // namespace loopy
