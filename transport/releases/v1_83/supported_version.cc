#include "transport/adapter/registration/supported_version.h"

namespace loopy {

const char kSupportedGrpcVersion[] = "1.83.0";
const char kSupportedGrpcCoreVersion[] = "56.0.0";
const bool kSupportsPatchReleases = true;

}  // namespace loopy
