#include "transport/stream/status_mapping.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

absl::StatusCode StatusCodeFromReset(Http2ErrorCode code,
                                     bool deadline_passed) {
  switch (code) {
    case Http2ErrorCode::kRefusedStream:
      return absl::StatusCode::kUnavailable;
    case Http2ErrorCode::kCancel:
      return deadline_passed ? absl::StatusCode::kDeadlineExceeded
                             : absl::StatusCode::kCancelled;
    case Http2ErrorCode::kFlowControlError:
    case Http2ErrorCode::kEnhanceYourCalm:
      return absl::StatusCode::kResourceExhausted;
    case Http2ErrorCode::kInadequateSecurity:
      return absl::StatusCode::kPermissionDenied;
    case Http2ErrorCode::kNoError:
    case Http2ErrorCode::kProtocolError:
    case Http2ErrorCode::kInternalError:
    case Http2ErrorCode::kSettingsTimeout:
    case Http2ErrorCode::kStreamClosed:
    case Http2ErrorCode::kFrameSizeError:
    case Http2ErrorCode::kCompressionError:
    case Http2ErrorCode::kConnectError:
    case Http2ErrorCode::kHttp11Required:
      return absl::StatusCode::kInternal;
  }
  return absl::StatusCode::kUnknown;
}

}  // namespace

absl::Status StatusFromReset(Http2ErrorCode code, bool deadline_passed) {
  return absl::Status(StatusCodeFromReset(code, deadline_passed),
                      absl::StrCat("Received RST_STREAM with error code ",
                                   static_cast<uint32_t>(code), " (",
                                   Http2ErrorCodeName(code), ")"));
}

absl::StatusCode StatusCodeFromHttp(int http_status) {
  switch (http_status) {
    case 400:
      return absl::StatusCode::kInternal;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kUnimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kUnknown;
  }
}

}  // namespace loopy
