#ifndef LOOPY_TRANSPORT_CORE_GLUE_V1_51_CORE_CONFIGURATION_ACCESS_H_
#define LOOPY_TRANSPORT_CORE_GLUE_V1_51_CORE_CONFIGURATION_ACCESS_H_

#include <functional>

#include "src/core/lib/config/core_configuration.h"

namespace loopy {

// Adds to gRPC's core configuration at any time.
//
// gRPC's own CoreConfiguration::RegisterBuilder aborts the process once the
// configuration was built, which any use of gRPC does, and nothing public says
// whether it was. So two private members are read here, by the one way that C++
// allows: explicit instantiation ignores access.
//
// A configuration that is in use is not changed: another is built, from the
// same builders, and takes its place; the old one stays, since channels may
// still refer to it.
//
// Threads: any, one at a time.
using CoreConfigurationBuildFunction =
    void (*)(grpc_core::CoreConfiguration::Builder*);

// Every configuration that is built from now on calls `build` as well, until
// CoreConfiguration::Reset. Twice is harmless.
void AddToCoreConfigurationBuilders(CoreConfigurationBuildFunction build);

// Whether there is a configuration.
bool HasCoreConfiguration();

// Builds the configuration anew, from the registered builders and gRPC's
// defaults.
void RebuildCoreConfiguration();

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CORE_GLUE_V1_51_CORE_CONFIGURATION_ACCESS_H_
