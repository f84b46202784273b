#include "transport/base/log.h"

namespace loopy {

void LogMessage(const char* file, int line, gpr_log_severity severity,
                const char* message) {
  gpr_log_message(file, line, severity, message);
}

}  // namespace loopy
