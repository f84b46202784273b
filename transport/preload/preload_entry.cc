// The only entry of libloopy_transport.so, which libloopy_preload.so calls.

#include <dlfcn.h>
#include <grpc/grpc.h>

#include <string>

#include "transport/adapter/registration/registration.h"
#include "transport/adapter/registration/supported_version.h"
#include "transport/adapter/release.h"

namespace loopy {
namespace {

// Returns grpc::Version() if the program has gRPC's C++ library; it need not.
std::string GrpcVersion() {
  using VersionFunction = std::string (*)();
  void* const version = dlsym(RTLD_DEFAULT, "_ZN4grpc7VersionB5cxx11Ev");
  return version == nullptr ? kSupportedGrpcVersion
                            : reinterpret_cast<VersionFunction>(version)();
}

}  // namespace
}  // namespace loopy

// Adds the transport to the configuration that `builder`, a
// grpc_core::CoreConfiguration::Builder, is for, as the default.
extern "C" __attribute__((visibility("default"))) void
loopy_preload_add_transport(void* builder) {
  if (!loopy::CheckGrpcVersion(loopy::GrpcVersion(), grpc_version_string())) {
    return;
  }
  loopy::OnProcessStart(loopy::DefaultTransport::kLoopy);
  loopy::AddTransport(
      static_cast<grpc_core::CoreConfiguration::Builder*>(builder),
      loopy::DefaultTransport::kLoopy);
}
