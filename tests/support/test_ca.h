#ifndef LOOPY_TESTS_SUPPORT_TEST_CA_H_
#define LOOPY_TESTS_SUPPORT_TEST_CA_H_

#include <string>

#include "absl/status/statusor.h"

namespace loopy {

// Returns the path of the test servers' root certificate, which is among the
// program's runfiles. `argv0` is the program's name, or empty in a test.
absl::StatusOr<std::string> FindTestCa(const std::string& argv0);

// The name in the test servers' certificate.
constexpr char kTestServerName[] = "foo.test.google.fr";

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_TEST_CA_H_
