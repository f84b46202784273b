#ifndef LOOPY_TRANSPORT_ADAPTER_REGISTRATION_SUPPORTED_VERSION_H_
#define LOOPY_TRANSPORT_ADAPTER_REGISTRATION_SUPPORTED_VERSION_H_

namespace loopy {

// The gRPC release that this library fits. Another release has other structures
// under the same names. Both versions are checked: releases share a core
// version, and the two libraries of a process need not belong together. The
// release defines them.
extern const char kSupportedGrpcVersion[];      // grpc::Version
extern const char kSupportedGrpcCoreVersion[];  // grpc_version_string

// Whether other patch releases have the same structures, too (1.83.2 those of
// 1.83.0).
extern const bool kSupportsPatchReleases;

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_REGISTRATION_SUPPORTED_VERSION_H_
