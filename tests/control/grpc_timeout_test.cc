#include "transport/control/grpc_timeout.h"

#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(GrpcTimeoutTest, HasAtMostEightDigitsAndIsRoundedUp) {
  EXPECT_EQ(FormatGrpcTimeout(absl::Milliseconds(1)), "1m");
  EXPECT_EQ(FormatGrpcTimeout(absl::Microseconds(1001)), "2m");
  EXPECT_EQ(FormatGrpcTimeout(absl::Milliseconds(99999999)), "99999999m");
  EXPECT_EQ(FormatGrpcTimeout(absl::Milliseconds(100000000)), "100000S");
  EXPECT_EQ(FormatGrpcTimeout(absl::Milliseconds(100000001)), "100001S");
  EXPECT_EQ(FormatGrpcTimeout(absl::Seconds(100000000)), "1666667M");
  EXPECT_EQ(FormatGrpcTimeout(absl::Hours(50000000)), "50000000H");
  EXPECT_EQ(FormatGrpcTimeout(absl::InfiniteDuration()), "99999999H");
}

// The protocol has only positive values.
TEST(GrpcTimeoutTest, ATimeoutThatIsOverIsTheShortest) {
  EXPECT_EQ(FormatGrpcTimeout(absl::ZeroDuration()), "1n");
  EXPECT_EQ(FormatGrpcTimeout(-absl::Seconds(1)), "1n");
}

TEST(GrpcTimeoutTest, ARequestWithoutOneGetsNone) {
  HeaderList headers;
  headers.Add("a", "b");
  ReplaceGrpcTimeout(absl::Seconds(1), &headers);
  EXPECT_EQ(headers.size(), 1u);
}

}  // namespace
}  // namespace loopy
