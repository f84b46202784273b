#ifndef LOOPY_CHANNEL_ARG_NAMES_H_
#define LOOPY_CHANNEL_ARG_NAMES_H_

namespace loopy {

// loopy.h says what these channel arguments mean.

inline constexpr char kTransportArg[] = "loopy.transport";

inline constexpr char kGoAwayTimeoutArg[] = "loopy.goaway_timeout_ms";

inline constexpr char kIoLoopArg[] = "loopy.io_loop";

inline constexpr char kStallLogArg[] = "loopy.stall_log_ms";

inline constexpr char kWriteStallTimeoutArg[] = "loopy.write_stall_timeout_ms";

inline constexpr char kExplainWaitsArg[] = "loopy.explain_waits";

}  // namespace loopy

#endif  // LOOPY_CHANNEL_ARG_NAMES_H_
