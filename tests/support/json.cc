#include "tests/support/json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/status/status.h"

namespace loopy {
namespace {

// Sets the option that prints zeros. Newer releases of protobuf call it
// always_print_fields_with_no_presence, older ones
// always_print_primitive_fields; overload resolution takes the one that exists.
template <typename Options>
auto PrintZeros(Options* options, int)
    -> decltype(options->always_print_fields_with_no_presence = true, void()) {
  options->always_print_fields_with_no_presence = true;
}
template <typename Options>
void PrintZeros(Options* options, long) {  // NOLINT(google-runtime-int)
  options->always_print_primitive_fields = true;
}

}  // namespace

absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  PrintZeros(&options, 0);
  std::string json;
  const auto printed =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!printed.ok()) return absl::InternalError(printed.ToString());
  return json;
}

}  // namespace loopy
