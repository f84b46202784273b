#include "transport/adapter/endpoint/linger.h"

#include <grpc/grpc.h>

namespace loopy {

void KeepGrpcWhileItLingers(const std::shared_ptr<SharedEndpoint>& endpoint) {
  grpc_init();
  if (!endpoint->NotifyWhenDestroyed([] { grpc_shutdown(); })) grpc_shutdown();
}

}  // namespace loopy
