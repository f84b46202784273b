#ifndef LOOPY_TRANSPORT_BASE_TRACE_H_
#define LOOPY_TRANSPORT_BASE_TRACE_H_

#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"
#include "transport/base/log.h"

namespace loopy {

// A TraceFlag is a switch of GRPC_TRACE, such as "loopy_writer". Each layer has
// one.
//
//   TraceFlag writer_trace("loopy_writer");
//   LOOPY_TRACE(writer_trace, "stream %u: ...", id);
//
// GRPC_TRACE is a list of names separated by commas. "all" and "loopy" switch
// on every flag, and a "-" before a name switches it off; the last name that
// matches a flag counts. The flag reads GRPC_TRACE once, when it is made.
class TraceFlag {
 public:
  explicit TraceFlag(const char* name);

  bool enabled() const { return enabled_; }
  const char* name() const { return name_; }

 private:
  const char* const name_;
  const bool enabled_;
};

// Returns whether a GRPC_TRACE of `value` switches `name` on.
bool TraceEnabledBy(absl::string_view value, absl::string_view name);

extern const TraceFlag http_trace;        // frames, in and out
extern const TraceFlag writer_trace;      // the loopy writer
extern const TraceFlag reader_trace;      // dispatch of what was read
extern const TraceFlag flow_trace;        // windows and quotas
extern const TraceFlag stream_trace;      // the life of streams
extern const TraceFlag connection_trace;  // the life of connections
extern const TraceFlag adapter_trace;     // gRPC's operations

}  // namespace loopy

#define LOOPY_TRACE(flag, ...)                       \
  do {                                               \
    if (ABSL_PREDICT_FALSE((flag).enabled())) {      \
      ::loopy::Log(GPR_INFO, "loopy: " __VA_ARGS__); \
    }                                                \
  } while (0)

#endif  // LOOPY_TRANSPORT_BASE_TRACE_H_
