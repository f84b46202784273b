#include "transport/base/http2_error.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace loopy {

std::string Http2ErrorCodeName(Http2ErrorCode code) {
  switch (code) {
    case Http2ErrorCode::kNoError:
      return "NO_ERROR";
    case Http2ErrorCode::kProtocolError:
      return "PROTOCOL_ERROR";
    case Http2ErrorCode::kInternalError:
      return "INTERNAL_ERROR";
    case Http2ErrorCode::kFlowControlError:
      return "FLOW_CONTROL_ERROR";
    case Http2ErrorCode::kSettingsTimeout:
      return "SETTINGS_TIMEOUT";
    case Http2ErrorCode::kStreamClosed:
      return "STREAM_CLOSED";
    case Http2ErrorCode::kFrameSizeError:
      return "FRAME_SIZE_ERROR";
    case Http2ErrorCode::kRefusedStream:
      return "REFUSED_STREAM";
    case Http2ErrorCode::kCancel:
      return "CANCEL";
    case Http2ErrorCode::kCompressionError:
      return "COMPRESSION_ERROR";
    case Http2ErrorCode::kConnectError:
      return "CONNECT_ERROR";
    case Http2ErrorCode::kEnhanceYourCalm:
      return "ENHANCE_YOUR_CALM";
    case Http2ErrorCode::kInadequateSecurity:
      return "INADEQUATE_SECURITY";
    case Http2ErrorCode::kHttp11Required:
      return "HTTP_1_1_REQUIRED";
  }
  return absl::StrCat("UNKNOWN(0x", absl::Hex(static_cast<uint32_t>(code)),
                      ")");
}

Http2Error Http2Error::Connection(Http2ErrorCode code, std::string text) {
  return Http2Error(Details{Scope::kConnection, 0, code,
                            absl::StatusCode::kUnavailable, std::move(text)});
}

Http2Error Http2Error::Stream(uint32_t stream_id, Http2ErrorCode code,
                              absl::StatusCode status_code, std::string text) {
  return Http2Error(
      Details{Scope::kStream, stream_id, code, status_code, std::move(text)});
}

Http2Error::Http2Error(Details details)
    : details_(new Details(std::move(details))) {}

Http2Error::Http2Error(const Http2Error& other)
    : details_(other.ok() ? nullptr : new Details(*other.details_)) {}

void Http2Error::Free::operator()(const Details* details) const {
  delete details;
}

absl::Status Http2Error::ToStatus() const {
  return absl::Status(status_code(), text());
}

std::string Http2Error::ToString() const {
  switch (scope()) {
    case Scope::kNone:
      return "OK";
    case Scope::kStream:
      return absl::StrCat("error of stream ", stream_id(), " ",
                          Http2ErrorCodeName(code()), ": ", text());
    case Scope::kConnection:
      return absl::StrCat("connection error ", Http2ErrorCodeName(code()), ": ",
                          text());
  }
  return "";
}

}  // namespace loopy
