#include "transport/reader/header_list_limits.h"

#include "absl/strings/str_cat.h"

namespace loopy {

absl::Status HeaderListLimits::Check(uint64_t size) {
  if (size > largest()) {
    return absl::ResourceExhaustedError(absl::StrCat(
        soft_limit_.has_value() ? "received metadata size exceeds hard limit ("
                                : "received initial metadata size exceeds "
                                  "limit (",
        size, " vs. ", limit_, ")"));
  }
  if (!soft_limit_.has_value() || size <= *soft_limit_) return absl::OkStatus();
  if (!random_.has_value()) random_.emplace(std::random_device()());
  std::uniform_int_distribution<uint64_t> between(*soft_limit_, limit_ - 1);
  if (between(*random_) >= size) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("received metadata size exceeds soft limit (", size, " vs. ",
                   *soft_limit_, ")"));
}

}  // namespace loopy
