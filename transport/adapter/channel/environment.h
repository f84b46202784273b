#ifndef LOOPY_TRANSPORT_ADAPTER_CHANNEL_ENVIRONMENT_H_
#define LOOPY_TRANSPORT_ADAPTER_CHANNEL_ENVIRONMENT_H_

#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace loopy {

// What the environment sets for channels that do not say otherwise, for
// operators who cannot change the program (README).
struct EnvironmentDefaults {
  absl::optional<absl::Duration> keepalive_time;  // LOOPY_KEEPALIVE_TIME_MS
  // LOOPY_KEEPALIVE_TIMEOUT_MS
  absl::optional<absl::Duration> keepalive_timeout;
  absl::optional<int> max_pings_without_data;  // LOOPY_MAX_PINGS_WITHOUT_DATA
  // LOOPY_WRITE_STALL_TIMEOUT_MS
  absl::optional<absl::Duration> write_stall_timeout;
  // LOOPY_STATS, in seconds: how often what connections do is printed.
  absl::optional<absl::Duration> stats_period;
  // LOOPY_TIMELINE: the file that the timeline is written to. Empty: none.
  std::string timeline_file;
};

// Those of the process, read once. A value that is no such number is logged,
// and ignored. Nothing is read where secure_getenv reads nothing. Threads: any.
const EnvironmentDefaults& DefaultsFromEnvironment();

// Returns the variables of ours that are set, such as "LOOPY_IO_LOOP=0
// LOOPY_KEEPALIVE_TIME_MS=20000", or "nothing".
std::string DescribeEnvironment();

// These read one variable's `value`, which may be null.
absl::optional<absl::Duration> ParseMilliseconds(const char* name,
                                                 const char* value);
absl::optional<absl::Duration> ParseSeconds(const char* name,
                                            const char* value);
absl::optional<int> ParseCount(const char* name, const char* value);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CHANNEL_ENVIRONMENT_H_
