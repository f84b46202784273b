#ifndef LOOPY_TRANSPORT_ADAPTER_REGISTRATION_CORE_CONFIGURATION_ACCESS_H_
#define LOOPY_TRANSPORT_ADAPTER_REGISTRATION_CORE_CONFIGURATION_ACCESS_H_

#include "transport/adapter/release.h"

namespace loopy {

// These functions add to gRPC's core configuration at any time. The release
// defines them.
//
// gRPC's own registration of builders aborts the process once a configuration
// was built, which any use of gRPC does, and nothing public says whether it
// was. So private members are read here, by the one way that C++ allows:
// explicit instantiation ignores access.
//
// A configuration that is in use is not changed. Another is built from the same
// builders and takes its place; the old one stays, since channels may still
// refer to it.
//
// Threads: any, one at a time.
using CoreConfigurationBuildFunction =
    void (*)(grpc_core::CoreConfiguration::Builder*);

// Every configuration that is built from now on calls `build` as well. Twice is
// harmless.
void AddToCoreConfigurationBuilders(CoreConfigurationBuildFunction build);

// Returns whether there is a configuration.
bool HasCoreConfiguration();

// Builds the configuration anew, from the registered builders and gRPC's
// defaults.
void RebuildCoreConfiguration();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_REGISTRATION_CORE_CONFIGURATION_ACCESS_H_
