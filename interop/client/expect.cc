#include "interop/client/expect.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace loopy {
namespace interop {
namespace {

std::string CodeName(grpc::StatusCode code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

}  // namespace

absl::Status Expect(bool holds, absl::string_view what) {
  if (holds) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("not so: ", what));
}

absl::Status ExpectOk(const grpc::Status& status, absl::string_view what) {
  return ExpectCode(status, grpc::StatusCode::OK, what);
}

absl::Status ExpectCode(const grpc::Status& status, grpc::StatusCode code,
                        absl::string_view what) {
  if (status.error_code() == code) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      what, " ended with ", CodeName(status.error_code()), ", not ",
      CodeName(code), ": ", absl::CHexEscape(status.error_message())));
}

absl::Status ExpectStatus(const grpc::Status& status, grpc::StatusCode code,
                          absl::string_view message, absl::string_view what) {
  LOOPY_RETURN_IF_ERROR(ExpectCode(status, code, what));
  if (status.error_message() == message) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(what, " ended with the message '",
                   absl::CHexEscape(status.error_message()), "', not '",
                   absl::CHexEscape(message), "'"));
}

absl::Status ExpectZeros(const std::string& body, size_t size,
                         absl::string_view what) {
  if (body.size() != size) {
    return absl::FailedPreconditionError(absl::StrCat(
        what, " has a body of ", body.size(), " bytes, not of ", size));
  }
  if (body.find_first_not_of('\0') != std::string::npos) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, " has a body that is not all zeros"));
  }
  return absl::OkStatus();
}

}  // namespace interop
}  // namespace loopy
