#include "transport/base/http2_error.h"

#include "gtest/gtest.h"

namespace loopy {
namespace {

TEST(Http2ErrorTest, Ok) {
  const Http2Error error = Http2Error::Ok();
  EXPECT_TRUE(error.ok());
  EXPECT_EQ(error.scope(), Http2Error::Scope::kNone);
  EXPECT_TRUE(error.ToStatus().ok());
  EXPECT_EQ(error.ToString(), "OK");
}

TEST(Http2ErrorTest, AConnectionError) {
  const Http2Error error =
      Http2Error::Connection(Http2ErrorCode::kFrameSizeError, "too long");
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.scope(), Http2Error::Scope::kConnection);
  EXPECT_EQ(error.stream_id(), 0u);
  EXPECT_EQ(error.ToString(), "connection error FRAME_SIZE_ERROR: too long");
  // Calls may be tried again on another connection.
  EXPECT_EQ(error.ToStatus(), absl::UnavailableError("too long"));
}

TEST(Http2ErrorTest, AStreamError) {
  const Http2Error error =
      Http2Error::Stream(5, Http2ErrorCode::kFlowControlError,
                         absl::StatusCode::kInternal, "too much");
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.scope(), Http2Error::Scope::kStream);
  EXPECT_EQ(error.stream_id(), 5u);
  EXPECT_EQ(error.code(), Http2ErrorCode::kFlowControlError);
  EXPECT_EQ(error.ToString(), "error of stream 5 FLOW_CONTROL_ERROR: too much");
  EXPECT_EQ(error.ToStatus(), absl::InternalError("too much"));
}

TEST(Http2ErrorTest, CodesHaveTheRfcsNames) {
  const char* const names[] = {"NO_ERROR",
                               "PROTOCOL_ERROR",
                               "INTERNAL_ERROR",
                               "FLOW_CONTROL_ERROR",
                               "SETTINGS_TIMEOUT",
                               "STREAM_CLOSED",
                               "FRAME_SIZE_ERROR",
                               "REFUSED_STREAM",
                               "CANCEL",
                               "COMPRESSION_ERROR",
                               "CONNECT_ERROR",
                               "ENHANCE_YOUR_CALM",
                               "INADEQUATE_SECURITY",
                               "HTTP_1_1_REQUIRED"};
  uint32_t code = 0;
  for (const char* name : names) {
    EXPECT_EQ(Http2ErrorCodeName(static_cast<Http2ErrorCode>(code++)), name);
  }
  EXPECT_EQ(Http2ErrorCodeName(Http2ErrorCode{14}), "UNKNOWN(0xe)");
}

}  // namespace
}  // namespace loopy
