#ifndef LOOPY_INTEROP_CLIENT_JSON_H_
#define LOOPY_INTEROP_CLIENT_JSON_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/statusor.h"

namespace loopy {
namespace interop {

// The message as JSON, on one line, zeros included.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_JSON_H_
