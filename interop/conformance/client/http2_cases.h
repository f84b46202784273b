#ifndef LOOPY_INTEROP_CONFORMANCE_CLIENT_HTTP2_CASES_H_
#define LOOPY_INTEROP_CONFORMANCE_CLIENT_HTTP2_CASES_H_

#include <string>

#include "absl/status/status.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace conformance {

// Runs one of gRPC's negative HTTP/2 cases, such as "goaway", against the
// server at `target` that misbehaves so.
absl::Status RunHttp2Case(const std::string& name, const std::string& target,
                          TransportKind transport);

}  // namespace conformance
}  // namespace loopy

#endif  // LOOPY_INTEROP_CONFORMANCE_CLIENT_HTTP2_CASES_H_
