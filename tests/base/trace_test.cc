#include "transport/base/trace.h"

#include <cstdlib>

#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(TraceTest, NamesSwitchOnAndOff) {
  EXPECT_FALSE(TraceEnabledBy("", "loopy_writer"));
  EXPECT_TRUE(TraceEnabledBy("loopy_writer", "loopy_writer"));
  EXPECT_FALSE(TraceEnabledBy("loopy_writer", "loopy_reader"));
  EXPECT_FALSE(TraceEnabledBy("loopy_write", "loopy_writer"));
  EXPECT_TRUE(TraceEnabledBy("http, loopy_writer ,tcp", "loopy_writer"));
}

TEST(TraceTest, AllAndLoopyMeanEveryFlag) {
  EXPECT_TRUE(TraceEnabledBy("all", "loopy_writer"));
  EXPECT_TRUE(TraceEnabledBy("loopy", "loopy_writer"));
}

TEST(TraceTest, TheLastMatchingNameCounts) {
  EXPECT_FALSE(TraceEnabledBy("all,-loopy_writer", "loopy_writer"));
  EXPECT_TRUE(TraceEnabledBy("all,-loopy_writer", "loopy_reader"));
  EXPECT_TRUE(TraceEnabledBy("-all,loopy_writer", "loopy_writer"));
  EXPECT_FALSE(TraceEnabledBy("loopy_writer,-loopy", "loopy_writer"));
}

// Fails if a trace that is off evaluates its arguments, which costs time.
TEST(TraceTest, ArgumentsOfATraceThatIsOffAreNotEvaluated) {
  int evaluated = 0;
  ::setenv("GRPC_TRACE", "loopy_reader", 1);
  const TraceFlag off("loopy_writer");
  const TraceFlag on("loopy_reader");
  ::unsetenv("GRPC_TRACE");
  LOOPY_TRACE(off, "%d", ++evaluated);
  EXPECT_EQ(evaluated, 0);
  LOOPY_TRACE(on, "%d", ++evaluated);
  EXPECT_EQ(evaluated, 1);
}

}  // namespace
}  // namespace loopy
