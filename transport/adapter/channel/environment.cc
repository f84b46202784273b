#include "transport/adapter/channel/environment.h"

#include <stdlib.h>

#include "absl/strings/numbers.h"
#include "transport/base/log.h"

namespace loopy {

absl::optional<absl::Duration> ParseMilliseconds(const char* name,
                                                 const char* value) {
  if (value == nullptr) return absl::nullopt;
  int milliseconds = 0;
  if (!absl::SimpleAtoi(value, &milliseconds) || milliseconds <= 0) {
    Log(GPR_ERROR, "%s ignored: it must be a number of milliseconds > 0", name);
    return absl::nullopt;
  }
  return absl::Milliseconds(milliseconds);
}

const EnvironmentDefaults& DefaultsFromEnvironment() {
  static const EnvironmentDefaults defaults = [] {
    const auto read = [](const char* name) {
      return ParseMilliseconds(name, secure_getenv(name));
    };
    EnvironmentDefaults result;
    result.keepalive_time = read("LOOPY_KEEPALIVE_TIME_MS");
    result.keepalive_timeout = read("LOOPY_KEEPALIVE_TIMEOUT_MS");
    result.write_stall_timeout = read("LOOPY_WRITE_STALL_TIMEOUT_MS");
    return result;
  }();
  return defaults;
}

}  // namespace loopy
