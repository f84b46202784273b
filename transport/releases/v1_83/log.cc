#include "transport/base/log.h"

#include <cstdlib>

#include "absl/strings/match.h"

namespace loopy {
namespace {

bool ShowsDebug() {
  const char* const verbosity = std::getenv("GRPC_VERBOSITY");
  return verbosity != nullptr && absl::EqualsIgnoreCase(verbosity, "debug");
}

}  // namespace

void LogMessage(const char* file, int line, gpr_log_severity severity,
                const char* message) {
  if (severity == GPR_LOG_SEVERITY_DEBUG) {
    // gRPC would pass it to VLOG(2), which GRPC_VERBOSITY switches on only for
    // gRPC's own files.
    static const bool shows_debug = ShowsDebug();
    if (!shows_debug) return;
    severity = GPR_LOG_SEVERITY_INFO;
  }
  grpc_absl_log(file, line, severity, message);
}

}  // namespace loopy
