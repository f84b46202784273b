#ifndef LOOPY_TRANSPORT_BASE_HTTP2_ERROR_H_
#define LOOPY_TRANSPORT_BASE_HTTP2_ERROR_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace loopy {

// RFC 9113 section 7 defines these codes. A peer may send other values; they
// are kept as numbers.
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

// Returns the RFC's name, such as "PROTOCOL_ERROR", or "UNKNOWN(0x17)".
std::string Http2ErrorCodeName(Http2ErrorCode code);

// An Http2Error is the outcome of handling peer input: OK, an error of one
// stream (answered with RST_STREAM) or of the connection (answered with
// GOAWAY). It is immutable.
//
//   Http2Error error = parser.Parse(...);
//   if (!error.ok()) return error;
class ABSL_MUST_USE_RESULT Http2Error {
 public:
  enum class Scope { kNone, kStream, kConnection };

  static Http2Error Ok() { return Http2Error(); }
  ABSL_ATTRIBUTE_COLD static Http2Error Connection(Http2ErrorCode code,
                                                   std::string text);
  // The call ends with `status_code`.
  ABSL_ATTRIBUTE_COLD static Http2Error Stream(uint32_t stream_id,
                                               Http2ErrorCode code,
                                               absl::StatusCode status_code,
                                               std::string text);

  Http2Error(Http2Error&&) = default;
  Http2Error& operator=(Http2Error&&) = default;
  Http2Error(const Http2Error& other);

  bool ok() const { return details_ == nullptr; }
  Scope scope() const { return ok() ? Scope::kNone : details_->scope; }
  // Returns 0 unless the scope is a stream.
  uint32_t stream_id() const { return ok() ? 0 : details_->stream_id; }
  Http2ErrorCode code() const {
    return ok() ? Http2ErrorCode::kNoError : details_->code;
  }
  absl::StatusCode status_code() const {
    return ok() ? absl::StatusCode::kOk : details_->status_code;
  }
  absl::string_view text() const {
    return ok() ? absl::string_view() : details_->text;
  }

  // Returns the status of a call that this error ends.
  absl::Status ToStatus() const;
  // Returns a text for logs: "connection error PROTOCOL_ERROR: text".
  std::string ToString() const;

 private:
  struct Details {
    Scope scope;
    uint32_t stream_id;
    Http2ErrorCode code;
    absl::StatusCode status_code;
    std::string text;
  };

  // Is not inlined into each function that returns an error.
  struct Free {
    ABSL_ATTRIBUTE_COLD void operator()(const Details* details) const;
  };

  Http2Error() = default;
  explicit Http2Error(Details details);

  // Null means OK, the common case: it is checked several times per frame.
  std::unique_ptr<const Details, Free> details_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_HTTP2_ERROR_H_
