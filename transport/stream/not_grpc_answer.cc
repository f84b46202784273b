#include "transport/stream/not_grpc_answer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace loopy {

NotGrpcAnswer::NotGrpcAnswer(Clock* clock, absl::Status status)
    : clock_(clock), status_(std::move(status)) {}

NotGrpcAnswer::~NotGrpcAnswer() { clock_->Cancel(timer_); }

void NotGrpcAnswer::StartTimer(absl::Time deadline,
                               absl::AnyInvocable<void()> on_timeout) {
  const absl::Duration left = deadline - clock_->Now();
  const absl::Duration wait =
      std::max(std::min(kMaxWait, left / 2), absl::ZeroDuration());
  timer_ = clock_->RunAfter(wait, std::move(on_timeout));
}

bool NotGrpcAnswer::Add(const SliceBuffer& payload) {
  for (size_t i = 0; i < payload.slice_count(); ++i) {
    const absl::string_view bytes = payload.slice_view(i);
    body_.append(bytes.data(), std::min(bytes.size(), kMaxBody - body_.size()));
  }
  return body_.size() == kMaxBody;
}

absl::Status NotGrpcAnswer::status() const {
  return absl::Status(status_.code(),
                      absl::StrCat(status_.message(), ", body: \"",
                                   absl::CHexEscape(body_), "\""));
}

}  // namespace loopy
