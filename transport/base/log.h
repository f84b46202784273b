#ifndef LOOPY_TRANSPORT_BASE_LOG_H_
#define LOOPY_TRANSPORT_BASE_LOG_H_

#include <grpc/support/log.h>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"

namespace loopy {

// The log of the installed gRPC: its own, or Abseil's in releases that write
// to that one. GRPC_VERBOSITY filters both.
//
//   Log(GPR_ERROR, "%s ignored: it must be an integer", name);
//   LOOPY_CHECK(n <= available());
//
// GPR_DEBUG, GPR_INFO and GPR_ERROR are the first three arguments. Threads:
// any.
void Log(const char* file, int line, gpr_log_severity severity,
         const char* format, ...) ABSL_PRINTF_ATTRIBUTE(4, 5);

// What LOOPY_CHECK calls.
[[noreturn]] void CheckFailed(const char* file, int line,
                              const char* condition);

// What differs between releases, in a file for each (see BUILD.bazel).
void LogMessage(const char* file, int line, gpr_log_severity severity,
                const char* message);

}  // namespace loopy

// Ends the process unless `condition` holds, in every build: for what cannot
// happen, whatever a peer does.
#define LOOPY_CHECK(condition)                              \
  do {                                                      \
    if (ABSL_PREDICT_FALSE(!(condition))) {                 \
      ::loopy::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                       \
  } while (0)

#endif  // LOOPY_TRANSPORT_BASE_LOG_H_
