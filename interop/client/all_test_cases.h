#ifndef LOOPY_INTEROP_CLIENT_ALL_TEST_CASES_H_
#define LOOPY_INTEROP_CLIENT_ALL_TEST_CASES_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "interop/client/test_case.h"

namespace loopy {
namespace interop {

// Every case of gRPC's interop test descriptions that needs no cloud.
absl::Span<const TestCase> AllTestCases();

// Null: there is no case of that name.
const TestCase* FindTestCase(absl::string_view name);

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_CLIENT_ALL_TEST_CASES_H_
