#ifndef LOOPY_TRANSPORT_BASE_HTTP2_ERROR_H_
#define LOOPY_TRANSPORT_BASE_HTTP2_ERROR_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace loopy {

// RFC 9113 section 7. A peer may send other values; they are kept as numbers.
enum class Http2ErrorCode : uint32_t {
  kNoError = 0x0,
  kProtocolError = 0x1,
  kInternalError = 0x2,
  kFlowControlError = 0x3,
  kSettingsTimeout = 0x4,
  kStreamClosed = 0x5,
  kFrameSizeError = 0x6,
  kRefusedStream = 0x7,
  kCancel = 0x8,
  kCompressionError = 0x9,
  kConnectError = 0xa,
  kEnhanceYourCalm = 0xb,
  kInadequateSecurity = 0xc,
  kHttp11Required = 0xd,
};

// The RFC's name, such as "PROTOCOL_ERROR", or "UNKNOWN(0x17)".
std::string Http2ErrorCodeName(Http2ErrorCode code);

// The outcome of handling peer input: OK, an error of one stream (answered with
// RST_STREAM) or of the connection (answered with GOAWAY). Immutable.
//
//   Http2Error error = parser.Parse(...);
//   if (!error.ok()) return error;
class ABSL_MUST_USE_RESULT Http2Error {
 public:
  enum class Scope { kNone, kStream, kConnection };

  static Http2Error Ok() { return Http2Error(); }
  static Http2Error Connection(Http2ErrorCode code, std::string text) {
    return Http2Error(Scope::kConnection, 0, code,
                      absl::StatusCode::kUnavailable, std::move(text));
  }
  // `status_code` is what the call ends with.
  static Http2Error Stream(uint32_t stream_id, Http2ErrorCode code,
                           absl::StatusCode status_code, std::string text) {
    return Http2Error(Scope::kStream, stream_id, code, status_code,
                      std::move(text));
  }

  bool ok() const { return scope_ == Scope::kNone; }
  Scope scope() const { return scope_; }
  // 0 unless the scope is a stream.
  uint32_t stream_id() const { return stream_id_; }
  Http2ErrorCode code() const { return code_; }
  absl::StatusCode status_code() const { return status_code_; }
  const std::string& text() const { return text_; }

  // As a call sees it.
  absl::Status ToStatus() const;
  // For logs: "connection error PROTOCOL_ERROR: text".
  std::string ToString() const;

 private:
  Http2Error() = default;
  Http2Error(Scope scope, uint32_t stream_id, Http2ErrorCode code,
             absl::StatusCode status_code, std::string text)
      : scope_(scope),
        stream_id_(stream_id),
        code_(code),
        status_code_(status_code),
        text_(std::move(text)) {}

  Scope scope_ = Scope::kNone;
  uint32_t stream_id_ = 0;
  Http2ErrorCode code_ = Http2ErrorCode::kNoError;
  absl::StatusCode status_code_ = absl::StatusCode::kOk;
  std::string text_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_HTTP2_ERROR_H_
