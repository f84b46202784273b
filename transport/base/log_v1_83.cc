#include "transport/base/log.h"

namespace loopy {

void LogMessage(const char* file, int line, gpr_log_severity severity,
                const char* message) {
  grpc_absl_log(file, line, severity, message);
}

}  // namespace loopy
