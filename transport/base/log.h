#ifndef LOOPY_TRANSPORT_BASE_LOG_H_
#define LOOPY_TRANSPORT_BASE_LOG_H_

#include <grpc/support/log.h>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"

namespace loopy {

// Writes to the installed gRPC's log: its own, or Abseil's in releases that
// write to Abseil's. GRPC_VERBOSITY filters both.
//
//   Log(GPR_ERROR, "%s ignored: it must be an integer", name);
//   LOOPY_CHECK(n <= available());
//
// GPR_DEBUG, GPR_INFO and GPR_ERROR expand to the first three arguments.
// Threads: any.
ABSL_ATTRIBUTE_COLD void Log(const char* file, int line,
                             gpr_log_severity severity, const char* format, ...)
    ABSL_PRINTF_ATTRIBUTE(4, 5);

// LOOPY_CHECK calls this when its condition is false.
[[noreturn]] ABSL_ATTRIBUTE_COLD void CheckFailed(const char* file, int line,
                                                  const char* condition);

// Writes a formatted message. Each release defines it, in
// transport/releases/*/log.cc.
void LogMessage(const char* file, int line, gpr_log_severity severity,
                const char* message);

}  // namespace loopy

// Ends the process unless `condition` holds, in every build. It is for what
// cannot happen, whatever a peer does.
#define LOOPY_CHECK(condition)                              \
  do {                                                      \
    if (ABSL_PREDICT_FALSE(!(condition))) {                 \
      ::loopy::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                       \
  } while (0)

#endif  // LOOPY_TRANSPORT_BASE_LOG_H_
