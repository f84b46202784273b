#include "tests/support/test_ca.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/cpp/runfiles/runfiles.h"

namespace loopy {

using bazel::tools::cpp::runfiles::Runfiles;

absl::StatusOr<std::string> FindTestCa(const std::string& argv0) {
  std::string error;
  const std::unique_ptr<Runfiles> runfiles(
      argv0.empty() ? Runfiles::CreateForTest(&error)
                    : Runfiles::Create(argv0, &error));
  if (runfiles == nullptr) {
    return absl::NotFoundError(absl::StrCat(
        "the test servers' root certificate cannot be looked up: ", error));
  }
  return runfiles->Rlocation(
      "com_github_grpc_loopy/interop/go/testdata/ca.pem");
}

}  // namespace loopy
