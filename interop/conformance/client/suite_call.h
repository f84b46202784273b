#ifndef LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CALL_H_
#define LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CALL_H_

#include <grpcpp/channel.h>

#include <memory>

#include "absl/time/time.h"
#include "connectrpc/conformance/v1/client_compat.pb.h"

namespace loopy {
namespace conformance {

// Makes the call that `request` describes and returns what the application saw
// of it. A call that has not ended after `bound` is cancelled and is an error
// of the client. Thread-safe.
connectrpc::conformance::v1::ClientCompatResponse MakeCall(
    const connectrpc::conformance::v1::ClientCompatRequest& request,
    const std::shared_ptr<grpc::Channel>& channel, absl::Duration bound);

}  // namespace conformance
}  // namespace loopy

#endif  // LOOPY_INTEROP_CONFORMANCE_CLIENT_SUITE_CALL_H_
