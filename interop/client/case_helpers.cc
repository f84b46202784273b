#include "interop/client/case_helpers.h"

#include <chrono>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/support/channel_factory.h"

namespace loopy {
namespace interop {
namespace {

constexpr std::chrono::seconds kCaseBound{20};

}  // namespace

absl::Status Expect(bool holds, absl::string_view what) {
  if (holds) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("this does not hold: ", what));
}

absl::Status ExpectOk(const grpc::Status& status, absl::string_view what) {
  return ExpectCode(status, grpc::StatusCode::OK, what);
}

absl::Status ExpectCode(const grpc::Status& status, grpc::StatusCode code,
                        absl::string_view what) {
  if (status.error_code() == code) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(what, " ended with ", CodeName(status), ", not ",
                   CodeName(grpc::Status(code, "")), ": ",
                   absl::CHexEscape(status.error_message())));
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

void SetCaseDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() + kCaseBound);
}

grpc::testing::SimpleRequest LargeRequest() {
  grpc::testing::SimpleRequest request;
  request.set_response_size(static_cast<int32_t>(kLargeResponseSize));
  SetZeros(kLargeRequestSize, &request);
  return request;
}

grpc::testing::StreamingOutputCallRequest StreamingRequest(
    size_t response_size, size_t request_size) {
  grpc::testing::StreamingOutputCallRequest request;
  request.add_response_parameters()->set_size(
      static_cast<int32_t>(response_size));
  SetZeros(request_size, &request);
  return request;
}

}  // namespace interop
}  // namespace loopy
