#include "transport/adapter/channel/environment.h"

#include <stdlib.h>

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
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

absl::optional<absl::Duration> ParseSeconds(const char* name,
                                            const char* value) {
  if (value == nullptr) return absl::nullopt;
  double seconds = 0;
  if (!absl::SimpleAtod(value, &seconds) || !(seconds >= 0.001)) {
    Log(GPR_ERROR, "%s ignored: it must be a number of seconds > 0", name);
    return absl::nullopt;
  }
  return absl::Seconds(seconds);
}

absl::optional<int> ParseCount(const char* name, const char* value) {
  if (value == nullptr) return absl::nullopt;
  int count = 0;
  if (!absl::SimpleAtoi(value, &count) || count < 0) {
    Log(GPR_ERROR, "%s ignored: it must be a number >= 0", name);
    return absl::nullopt;
  }
  return count;
}

const EnvironmentDefaults& DefaultsFromEnvironment() {
  // It is used at the end of the process, too.
  static const auto* const defaults = new EnvironmentDefaults([] {
    const auto read = [](const char* name) {
      return ParseMilliseconds(name, secure_getenv(name));
    };
    EnvironmentDefaults result;
    result.keepalive_time = read("LOOPY_KEEPALIVE_TIME_MS");
    result.keepalive_timeout = read("LOOPY_KEEPALIVE_TIMEOUT_MS");
    constexpr char kMaxPings[] = "LOOPY_MAX_PINGS_WITHOUT_DATA";
    result.max_pings_without_data =
        ParseCount(kMaxPings, secure_getenv(kMaxPings));
    result.write_stall_timeout = read("LOOPY_WRITE_STALL_TIMEOUT_MS");
    result.stats_period =
        ParseSeconds("LOOPY_STATS", secure_getenv("LOOPY_STATS"));
    const char* const timeline_file = secure_getenv("LOOPY_TIMELINE");
    if (timeline_file != nullptr) result.timeline_file = timeline_file;
    return result;
  }());
  return *defaults;
}

std::string DescribeEnvironment() {
  std::string text;
  for (const char* name :
       {"LOOPY_TRANSPORT", "LOOPY_IO_LOOP", "LOOPY_KEEPALIVE_TIME_MS",
        "LOOPY_KEEPALIVE_TIMEOUT_MS", "LOOPY_MAX_PINGS_WITHOUT_DATA",
        "LOOPY_WRITE_STALL_TIMEOUT_MS", "LOOPY_STATS", "LOOPY_TIMELINE"}) {
    const char* const value = secure_getenv(name);
    if (value == nullptr) continue;
    absl::StrAppend(&text, text.empty() ? "" : " ", name, "=", value);
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace loopy
