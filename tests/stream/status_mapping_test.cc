#include "transport/stream/status_mapping.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace loopy {
namespace {

using absl::StatusCode;

TEST(StatusFromResetTest, MapsEveryCode) {
  const std::vector<std::pair<Http2ErrorCode, StatusCode>> expected = {
      {Http2ErrorCode::kNoError, StatusCode::kInternal},
      {Http2ErrorCode::kProtocolError, StatusCode::kInternal},
      {Http2ErrorCode::kInternalError, StatusCode::kInternal},
      {Http2ErrorCode::kFlowControlError, StatusCode::kResourceExhausted},
      {Http2ErrorCode::kSettingsTimeout, StatusCode::kInternal},
      {Http2ErrorCode::kStreamClosed, StatusCode::kInternal},
      {Http2ErrorCode::kFrameSizeError, StatusCode::kInternal},
      {Http2ErrorCode::kRefusedStream, StatusCode::kUnavailable},
      {Http2ErrorCode::kCancel, StatusCode::kCancelled},
      {Http2ErrorCode::kCompressionError, StatusCode::kInternal},
      {Http2ErrorCode::kConnectError, StatusCode::kInternal},
      {Http2ErrorCode::kEnhanceYourCalm, StatusCode::kResourceExhausted},
      {Http2ErrorCode::kInadequateSecurity, StatusCode::kPermissionDenied},
      {Http2ErrorCode::kHttp11Required, StatusCode::kInternal},
      {static_cast<Http2ErrorCode>(0xe), StatusCode::kUnknown},
      {static_cast<Http2ErrorCode>(0xffffffff), StatusCode::kUnknown},
  };
  for (const auto& [reset, code] : expected) {
    const absl::Status status = StatusFromReset(reset, false);
    EXPECT_EQ(status.code(), code) << Http2ErrorCodeName(reset);
    EXPECT_NE(status.message().find(Http2ErrorCodeName(reset)),
              absl::string_view::npos)
        << status;
  }
}

TEST(StatusFromResetTest, ALateCancelIsDeadlineExceeded) {
  EXPECT_EQ(StatusFromReset(Http2ErrorCode::kCancel, true).code(),
            StatusCode::kDeadlineExceeded);
  EXPECT_EQ(StatusFromReset(Http2ErrorCode::kRefusedStream, true).code(),
            StatusCode::kUnavailable);
}

TEST(StatusCodeFromHttpTest, MapsEveryStatus) {
  const std::vector<std::pair<int, StatusCode>> expected = {
      {400, StatusCode::kInternal},         {401, StatusCode::kUnauthenticated},
      {403, StatusCode::kPermissionDenied}, {404, StatusCode::kUnimplemented},
      {429, StatusCode::kUnavailable},      {502, StatusCode::kUnavailable},
      {503, StatusCode::kUnavailable},      {504, StatusCode::kUnavailable},
      {200, StatusCode::kUnknown},          {302, StatusCode::kUnknown},
      {500, StatusCode::kUnknown},          {999, StatusCode::kUnknown},
  };
  for (const auto& [http, code] : expected) {
    EXPECT_EQ(StatusCodeFromHttp(http), code) << http;
  }
}

}  // namespace
}  // namespace loopy
