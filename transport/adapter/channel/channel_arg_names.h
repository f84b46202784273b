#ifndef LOOPY_TRANSPORT_ADAPTER_CHANNEL_CHANNEL_ARG_NAMES_H_
#define LOOPY_TRANSPORT_ADAPTER_CHANNEL_CHANNEL_ARG_NAMES_H_

namespace loopy {

// transport/loopy.h says what these channel arguments mean.

inline constexpr char kTransportArg[] = "loopy.transport";

inline constexpr char kGoAwayTimeoutArg[] = "loopy.goaway_timeout_ms";

inline constexpr char kIoLoopArg[] = "loopy.io_loop";

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CHANNEL_CHANNEL_ARG_NAMES_H_
