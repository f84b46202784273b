#include "transport/base/log.h"

#include <cstdlib>
#include <string>

#include "gtest/gtest.h"

namespace loopy {
namespace {

// Logs `text` followed by a number, and exits with 0.
[[noreturn]] void LogAndExit(gpr_log_severity severity,
                             const std::string& text) {
  gpr_log_verbosity_init();  // otherwise gRPC's own log is silent
  Log("some_file.cc", 17, severity, "%s %d", text.c_str(), 42);
  std::exit(0);
}

TEST(LogDeathTest, AMessageIsFormattedAndHasItsOrigin) {
  EXPECT_EXIT(LogAndExit(GPR_LOG_SEVERITY_ERROR, "the answer is"),
              testing::ExitedWithCode(0),
              "some_file.cc:17\\] +the answer is 42");
}

// Catches: a buffer of a fixed size.
TEST(LogDeathTest, NoMessageIsTooLong) {
  const std::string text(10000, 'x');
  EXPECT_EXIT(LogAndExit(GPR_LOG_SEVERITY_ERROR, text),
              testing::ExitedWithCode(0), text + " 42");
}

TEST(LogDeathTest, VerbosityFilters) {
  ::setenv("GRPC_VERBOSITY", "error", 1);
  EXPECT_EXIT(LogAndExit(GPR_LOG_SEVERITY_INFO, "the answer is"),
              testing::ExitedWithCode(0), "^$");
  ::setenv("GRPC_VERBOSITY", "debug", 1);
  EXPECT_EXIT(LogAndExit(GPR_LOG_SEVERITY_DEBUG, "the answer is"),
              testing::ExitedWithCode(0), "the answer is 42");
  ::unsetenv("GRPC_VERBOSITY");
}

TEST(LogDeathTest, AFailedCheckEndsTheProcess) {
  gpr_log_verbosity_init();
  const int two = 2;
  EXPECT_DEATH(LOOPY_CHECK(two + two == 5), "assertion failed: two . two == 5");
}

TEST(LogTest, ACheckEvaluatesItsConditionOnce) {
  int evaluated = 0;
  LOOPY_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

}  // namespace
}  // namespace loopy
