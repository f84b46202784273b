#include "transport/adapter/connect/connector.h"

#include <utility>

namespace loopy {

void Connector::Connect(const Args& args, Result* result,
                        grpc_closure* notify) {
  auto attempt =
      grpc_core::MakeRefCounted<ConnectionAttempt>(args, result, notify);
  {
    MutexLock lock(&mu_);
    attempt_ = attempt;
  }
  attempt->Start();
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
