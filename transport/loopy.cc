#include "transport/loopy.h"

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/channel_arguments.h>

#include "transport/adapter/registration/registration.h"

namespace loopy {

void RegisterTransport() {
  RegisterWithCore(grpc::Version(), grpc_version_string());
}

void UseTransport(grpc::ChannelArguments* arguments) {
  arguments->SetInt(kTransportArg, 1);
}

const char* Version() { return "0.1.0"; }

}  // namespace loopy
