#include "interop/client/interop_cases.h"

namespace loopy {
namespace interop {

const std::vector<TestCase>& AllTestCases() {
  static const auto* const kTestCases = [] {
    auto* const all = new std::vector<TestCase>;
    for (const auto& family : {CallCases(), CompressionCases(), SoakCases()}) {
      all->insert(all->end(), family.begin(), family.end());
    }
    return all;
  }();
  return *kTestCases;
}

const TestCase* FindTestCase(absl::string_view name) {
  for (const TestCase& test_case : AllTestCases()) {
    if (test_case.name == name) return &test_case;
  }
  return nullptr;
}

}  // namespace interop
}  // namespace loopy
