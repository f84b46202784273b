#include "transport/connection/ping_policy.h"

#include <algorithm>

namespace loopy {
namespace {

// chttp2's, a second more than what gRFC A8 lets servers refuse.
constexpr absl::Duration kInterval = absl::Seconds(1);
// Every server allows PINGs at this interval (gRFC A8).
constexpr absl::Duration kIntervalWithoutCalls = absl::Hours(2);

}  // namespace

PingPolicy::PingPolicy(const ConnectionOptions& options)
    : max_in_flight_(options.max_inflight_pings),
      max_without_data_(options.max_pings_without_data),
      interval_without_data_(options.ping_interval_without_data),
      permit_without_calls_(options.keepalive_permit_without_calls),
      left_(max_without_data_) {}

absl::Duration PingPolicy::Delay(absl::Time now, bool any_streams,
                                 size_t in_flight) const {
  if (max_in_flight_ != 0 && in_flight >= max_in_flight_) {
    return absl::InfiniteDuration();
  }
  absl::Duration interval =
      any_streams || permit_without_calls_ ? kInterval : kIntervalWithoutCalls;
  if (max_without_data_ != 0 && left_ == 0) {
    if (interval_without_data_ == absl::InfiniteDuration()) {
      return absl::InfiniteDuration();
    }
    interval = std::max(interval, interval_without_data_);
  }
  return std::max(last_sent_ + interval - now, absl::ZeroDuration());
}

void PingPolicy::OnPingSent(absl::Time now) {
  last_sent_ = now;
  if (left_ > 0) --left_;
}

}  // namespace loopy
