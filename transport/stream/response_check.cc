#include "transport/stream/response_check.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "transport/stream/status_mapping.h"

namespace loopy {
namespace {

// Accepts application/grpc with or without a suffix, such as "+proto" or
// ";charset=…".
bool IsGrpcContentType(absl::string_view value) {
  constexpr absl::string_view kGrpc = "application/grpc";
  if (value == kGrpc) return true;
  if (!absl::StartsWithIgnoreCase(value, kGrpc)) return false;
  value.remove_prefix(kGrpc.size());
  return value.empty() || value[0] == '+' || value[0] == ';';
}

absl::Status NotGrpcStatus(int http_status,
                           absl::optional<absl::string_view> content_type) {
  return absl::Status(
      StatusCodeFromHttp(http_status),
      absl::StrCat(
          "Received http2 header with status: ", http_status,
          content_type.has_value()
              ? absl::StrCat(", content-type: \"",
                             absl::CHexEscape(content_type->substr(0, 64)),
                             "\"")
              : ", no content-type"));
}

// Returns the status that `text` has as three digits, or nothing (RFC 9110
// section 15).
absl::optional<int> HttpStatus(absl::string_view text) {
  if (text == "200") return 200;
  int status = 0;
  if (text.size() != 3 || !absl::SimpleAtoi(text, &status) || status < 100) {
    return absl::nullopt;
  }
  return status;
}

}  // namespace

ResponseCheck CheckResponseHeaders(const HeaderList& headers) {
  absl::optional<absl::string_view> status_text;
  absl::optional<absl::string_view> content_type;
  bool has_grpc_status = false;
  bool compresses = false;
  for (const HeaderField field : headers) {
    if (field.name == ":status") {
      if (!status_text.has_value()) status_text = field.value;
    } else if (field.name == "content-type") {
      if (!content_type.has_value()) content_type = field.value;
    } else if (field.name == "grpc-status") {
      has_grpc_status = true;
    } else if (field.name == "grpc-encoding") {
      compresses = field.value == "gzip" || field.value == "deflate";
    }
  }
  const absl::optional<int> status =
      status_text.has_value() ? HttpStatus(*status_text) : absl::nullopt;
  if (!status.has_value()) {
    return {ResponseKind::kMalformed,
            absl::InternalError(
                status_text.has_value()
                    ? absl::StrCat("malformed :status \"",
                                   absl::CHexEscape(status_text->substr(0, 64)),
                                   "\"")
                    : "response without :status")};
  }
  if (*status < 200) return {ResponseKind::kInformational, absl::OkStatus()};
  const bool is_grpc =
      content_type.has_value() && IsGrpcContentType(*content_type);
  // A response with a grpc-status, or with 200 and no content type, counts as
  // gRPC's.
  if (is_grpc || has_grpc_status ||
      (*status == 200 && !content_type.has_value())) {
    return {ResponseKind::kGrpc, absl::OkStatus(), compresses};
  }
  return {ResponseKind::kNotGrpc, NotGrpcStatus(*status, content_type)};
}

absl::Status CheckTrailers(const HeaderList& trailers) {
  const absl::optional<absl::string_view> text = trailers.Find("grpc-status");
  if (!text.has_value()) {
    int status = 200;
    const auto http_status = trailers.Find(":status");
    if (http_status.has_value() && absl::SimpleAtoi(*http_status, &status) &&
        status != 200) {
      return NotGrpcStatus(status, trailers.Find("content-type"));
    }
    return absl::UnknownError("trailers without grpc-status");
  }
  uint32_t code = 0;
  if (*text != "0" && !absl::SimpleAtoi(*text, &code)) {
    return absl::UnknownError(
        absl::StrCat("malformed grpc-status \"",
                     absl::CHexEscape(text->substr(0, 64)), "\""));
  }
  return absl::OkStatus();
}

}  // namespace loopy
