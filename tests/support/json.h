#ifndef LOOPY_TESTS_SUPPORT_JSON_H_
#define LOOPY_TESTS_SUPPORT_JSON_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/statusor.h"

namespace loopy {

// Returns the message as JSON on one line, with the fields that are zero.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_JSON_H_
