#include "transport/adapter/registration/supported_version.h"

namespace loopy {

const char kSupportedGrpcVersion[] = "1.51.1";
const char kSupportedGrpcCoreVersion[] = "29.0.0";
const bool kSupportsPatchReleases = false;

}  // namespace loopy
