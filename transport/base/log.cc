#include "transport/base/log.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace loopy {

void Log(const char* file, int line, gpr_log_severity severity,
         const char* format, ...) {
  va_list args;
  va_start(args, format);
  va_list args_of_size;
  va_copy(args_of_size, args);
  const int size = std::vsnprintf(nullptr, 0, format, args_of_size);
  va_end(args_of_size);
  std::string message(size > 0 ? size : 0, '\0');
  std::vsnprintf(&message[0], message.size() + 1, format, args);
  va_end(args);
  LogMessage(file, line, severity, message.c_str());
}

void CheckFailed(const char* file, int line, const char* condition) {
  Log(file, line, GPR_LOG_SEVERITY_ERROR, "assertion failed: %s", condition);
  std::abort();
}

}  // namespace loopy
