#include "transport/flow/send_window.h"

#include <grpc/support/log.h>

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "transport/base/http2_error.h"
#include "transport/flow/window.h"

namespace loopy {
namespace {

TEST(SendWindowTest, SendsWhatThePeerAllows) {
  SendWindow window;
  EXPECT_EQ(window.available(), 65535u);
  window.Consume(65535);
  EXPECT_EQ(window.available(), 0u);
  EXPECT_TRUE(window.OnStreamUpdate(1, 100).ok());
  EXPECT_EQ(window.available(), 100u);
  EXPECT_TRUE(window.OnConnectionUpdate(11).ok());
  EXPECT_EQ(window.available(), 111u);
}

TEST(SendWindowTest, AStreamUpdateThatOverflowsResetsTheStream) {
  SendWindow window(kMaxWindow);
  const Http2Error error = window.OnStreamUpdate(7, SendWindow::kTolerated + 1);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kStream);
  EXPECT_EQ(error.stream_id(), 7u);
  EXPECT_EQ(error.code(), Http2ErrorCode::kFlowControlError);
  EXPECT_EQ(error.status_code(), absl::StatusCode::kInternal);
  EXPECT_EQ(window.available(), kMaxWindow);
}

// gRPC C++'s server does that with GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES of
// INT_MAX. Catches: calls that fail, or send more than 2^31-1 bytes ahead.
TEST(SendWindowTest, AStreamUpdateALittleTooLargeFillsTheWindow) {
  SendWindow window(kMaxWindow);
  window.Consume(100);
  EXPECT_TRUE(window.OnStreamUpdate(7, 100 + SendWindow::kTolerated).ok());
  EXPECT_EQ(window.available(), kMaxWindow);
  EXPECT_TRUE(window.OnStreamUpdate(7, 5).ok());
  EXPECT_EQ(window.available(), kMaxWindow);
}

TEST(SendWindowTest, AConnectionUpdateThatOverflowsEndsTheConnection) {
  SendWindow window(1);
  const Http2Error error = window.OnConnectionUpdate(kMaxWindow);
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.code(), Http2ErrorCode::kFlowControlError);
  EXPECT_EQ(window.available(), 1u);
}

// Increments of several WINDOW_UPDATEs come as one sum, which may not fit in 31
// bits even if the window is negative. Catches: the sum cast to uint32_t, which
// makes 2^32 + n an increment of n.
TEST(SendWindowTest, SumsOfIncrementsAreNotTruncated) {
  SendWindow window(0);
  ASSERT_TRUE(window.Shift(-int64_t{kMaxWindow}));
  EXPECT_FALSE(
      window.OnStreamUpdate(1, (uint64_t{1} << 32) + SendWindow::kTolerated)
          .ok());
  EXPECT_FALSE(
      window.OnStreamUpdate(1, std::numeric_limits<uint64_t>::max()).ok());
  EXPECT_EQ(window.value(), -int64_t{kMaxWindow});
  EXPECT_TRUE(window.OnStreamUpdate(1, 2 * uint64_t{kMaxWindow}).ok());
  EXPECT_EQ(window.available(), kMaxWindow);
}

// Catches: a sum past 2^63 as a negative number.
TEST(SendWindowTest, AHugeSumDoesNotLowerTheWindow) {
  SendWindow window(10);
  const uint64_t huge = std::numeric_limits<uint64_t>::max();
  EXPECT_FALSE(window.OnStreamUpdate(1, huge).ok());
  EXPECT_FALSE(window.OnConnectionUpdate(huge).ok());
  EXPECT_EQ(window.available(), 10u);
}

// This is the example of RFC 9113 section 6.9.2: the initial window goes from
// 60 KiB to 16 KiB and back.
TEST(SendWindowTest, FollowsTheInitialWindow) {
  SendWindow window(60 * 1024);
  window.Consume(60 * 1024);
  EXPECT_TRUE(window.Shift((16 - 60) * 1024));
  EXPECT_EQ(window.value(), -44 * 1024);
  EXPECT_EQ(window.available(), 0u);
  EXPECT_TRUE(window.OnStreamUpdate(1, 44 * 1024).ok());
  EXPECT_EQ(window.available(), 0u);
  EXPECT_TRUE(window.Shift((60 - 16) * 1024));
  EXPECT_EQ(window.available(), 44u * 1024);
}

TEST(SendWindowTest, AnInitialWindowThatOverflowsIsRefused) {
  SendWindow window(100);
  ASSERT_TRUE(window.OnStreamUpdate(1, kMaxWindow - 100).ok());
  EXPECT_FALSE(window.Shift(1));
  EXPECT_EQ(window.available(), kMaxWindow);
}

TEST(SendWindowDeathTest, MoreThanTheWindowIsNeverSent) {
  gpr_log_verbosity_init();  // otherwise a check logs nothing
  SendWindow window(10);
  EXPECT_DEATH(window.Consume(11), "available");
}

}  // namespace
}  // namespace loopy
