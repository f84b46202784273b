#include "transport/base/trace.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace loopy {

const TraceFlag http_trace("loopy_http");
const TraceFlag writer_trace("loopy_writer");
const TraceFlag reader_trace("loopy_reader");
const TraceFlag flow_trace("loopy_flow");
const TraceFlag stream_trace("loopy_stream");
const TraceFlag connection_trace("loopy_connection");
const TraceFlag adapter_trace("loopy_adapter");

bool TraceEnabledBy(absl::string_view value, absl::string_view name) {
  bool enabled = false;
  for (absl::string_view word : absl::StrSplit(value, ',')) {
    word = absl::StripAsciiWhitespace(word);
    const bool on = !absl::ConsumePrefix(&word, "-");
    if (word == "all" || word == "loopy" || word == name) enabled = on;
  }
  return enabled;
}

TraceFlag::TraceFlag(const char* name)
    : name_(name), enabled_([name] {
        const char* value = std::getenv("GRPC_TRACE");
        return value != nullptr && TraceEnabledBy(value, name);
      }()) {}

}  // namespace loopy
