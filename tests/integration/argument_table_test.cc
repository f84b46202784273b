#include "tests/integration/argument_table.h"

#include <gmock/gmock.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tools/cpp/runfiles/runfiles.h"

namespace loopy {
namespace {

using ::bazel::tools::cpp::runfiles::Runfiles;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// Returns the contents of a file of the repository; empty if it is not there.
std::string Read(absl::string_view path) {
  std::string error;
  const std::unique_ptr<Runfiles> runfiles(Runfiles::CreateForTest(&error));
  EXPECT_NE(runfiles, nullptr) << error;
  std::ifstream file(
      runfiles->Rlocation(absl::StrCat("com_github_grpc_loopy/", path)));
  std::stringstream contents;
  contents << file.rdbuf();
  return contents.str();
}

// Whether this binary has that test, in this release of gRPC. Suites and tests
// with a parameter are registered as "Transports/Suite" and "Case/loopy".
bool IsRegistered(const std::string& suite_name, const std::string& case_name) {
  const ::testing::UnitTest* const tests = ::testing::UnitTest::GetInstance();
  for (int i = 0; i < tests->total_test_suite_count(); ++i) {
    const ::testing::TestSuite* const suite = tests->GetTestSuite(i);
    const std::vector<std::string> names = absl::StrSplit(suite->name(), '/');
    if (names.back() != suite_name) continue;
    for (int j = 0; j < suite->total_test_count(); ++j) {
      const absl::string_view name = suite->GetTestInfo(j)->name();
      if (name == case_name ||
          absl::StartsWith(name, absl::StrCat(case_name, "/"))) {
        return true;
      }
    }
  }
  return false;
}

// Returns why `row` is not right; empty if it is.
std::string DefectOf(const ArgumentRow& row) {
  const bool is_honoured = row.honoured == "yes" || row.honoured == "otherwise";
  if (!is_honoured && row.honoured != "no" && row.honoured != "server" &&
      row.honoured != "grpc") {
    return "no such word";
  }
  if (row.honoured == "no" && row.remark.empty()) return "no reason";
  if (row.test.empty()) return is_honoured ? "no test" : "";
  const std::pair<std::string, std::string> name =
      absl::StrSplit(row.test, absl::MaxSplits('.', 1));
  const std::string source = Read(row.file);
  if (source.empty()) return "no such file";
  if (!::testing::Value(source, ContainsRegex(absl::StrCat(
                                    "(^|\n)TEST(_F|_P)?\\(", name.first,
                                    ",[[:space:]]+", name.second, "\\)")))) {
    return "no such test";
  }
  const bool is_here = absl::EndsWith(row.file, "_arguments_test.cc");
  const absl::string_view release =
      GRPC_CPP_VERSION_MINOR == 51 ? "1.51" : "1.83";
  if (is_here && absl::StrContains(row.releases, release) &&
      !IsRegistered(name.first, name.second)) {
    return "no such test in this release";
  }
  return "";
}

// Catches: a table in the documentation that is not this one.
TEST(ArgumentTableTest, IsThatOfTheDocumentation) {
  EXPECT_THAT(Read("docs/channel_arguments.md"),
              HasSubstr(RenderArgumentTable()));
}

// Catches: an argument that is said to be honoured without a test that is there
// to see it.
TEST(ArgumentTableTest, EachHonouredArgumentHasATest) {
  for (const ArgumentRow& row : ArgumentTable()) {
    EXPECT_EQ(DefectOf(row), "") << row.name;
  }
}

// Catches: a check above that lets any row pass.
TEST(ArgumentTableTest, PlantedRowsAreFound) {
  ArgumentRow row = ArgumentTable().front();
  ASSERT_EQ(DefectOf(row), "");
  const absl::string_view test = row.test;
  row.test = "SettingsArgumentsTest.NoSuchCase";
  EXPECT_EQ(DefectOf(row), "no such test");
  row.test = "NoSuchSuite.SettingsFollow";
  EXPECT_EQ(DefectOf(row), "no such test");
  row.test = test.substr(0, test.size() - 1);
  EXPECT_EQ(DefectOf(row), "no such test") << "a part of a name";
  row.test = "SettingsFollow";
  EXPECT_EQ(DefectOf(row), "no such test");
  row.test = "";
  EXPECT_EQ(DefectOf(row), "no test");
  row.test = test;
  row.file = "tests/integration/call_arguments_test.cc";
  EXPECT_EQ(DefectOf(row), "no such test") << "another file";
  row.file = "tests/integration/no_such_test.cc";
  EXPECT_EQ(DefectOf(row), "no such file");
  row.honoured = "maybe";
  EXPECT_EQ(DefectOf(row), "no such word");
  row.honoured = "no";
  row.remark = "";
  EXPECT_EQ(DefectOf(row), "no reason");
}

}  // namespace
}  // namespace loopy
