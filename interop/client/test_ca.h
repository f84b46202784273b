#ifndef LOOPY_INTEROP_CLIENT_TEST_CA_H_
#define LOOPY_INTEROP_CLIENT_TEST_CA_H_

#include <string>

#include "absl/status/statusor.h"

namespace loopy {
namespace interop {

// The root certificate of the test servers, which is among the runfiles of what
// Bazel builds. `argv0` is the program's name, or empty in a test.
absl::StatusOr<std::string> FindTestCa(const std::string& argv0);

// The name in the test servers' certificate.
constexpr char kTestServerName[] = "foo.test.google.fr";

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_TEST_CA_H_
