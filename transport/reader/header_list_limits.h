#ifndef LOOPY_TRANSPORT_READER_HEADER_LIST_LIMITS_H_
#define LOOPY_TRANSPORT_READER_HEADER_LIST_LIMITS_H_

#include <cstdint>
#include <random>

#include "absl/status/status.h"
#include "absl/types/optional.h"

namespace loopy {

// Limits the size of a response's header list, in bytes as RFC 9113 section
// 6.5.2 counts them; gRPC counts a binary value as it was before base64. A list
// that is too large ends its call with RESOURCE_EXHAUSTED, and no other.
//
// With one limit (gRPC 1.51), larger lists are rejected. With a soft limit as
// well (gRPC 1.83), a list of the hard limit is rejected, too, and one between
// them at random, the larger the more probably: a server whose metadata grow is
// noticed before all of its calls fail.
//
//   HeaderListLimits limits(16384, 8192);
//   absl::Status status = limits.Check(size);
//
// Threads: the reader's only.
class HeaderListLimits {
 public:
  HeaderListLimits(uint32_t limit, absl::optional<uint32_t> soft_limit)
      : limit_(limit), soft_limit_(soft_limit) {}

  // The largest list that may pass.
  uint32_t largest() const {
    return soft_limit_.has_value() && limit_ > 0 ? limit_ - 1 : limit_;
  }

  // OK, or RESOURCE_EXHAUSTED with gRPC C++'s text.
  absl::Status Check(uint64_t size);

 private:
  const uint32_t limit_;
  const absl::optional<uint32_t> soft_limit_;
  // Seeded when it is needed first.
  absl::optional<std::minstd_rand> random_;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_READER_HEADER_LIST_LIMITS_H_
