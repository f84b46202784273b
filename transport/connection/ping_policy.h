#ifndef LOOPY_TRANSPORT_CONNECTION_PING_POLICY_H_
#define LOOPY_TRANSPORT_CONNECTION_PING_POLICY_H_

#include <cstddef>

#include "absl/time/time.h"
#include "transport/base/connection_options.h"

namespace loopy {

// Decides when a client may send a PING, of whatever purpose. Servers count
// PINGs that come too often, and end the connection with "too_many_pings"
// (gRFC A8). The rules are chttp2's:
//
//   - At most `max_inflight_pings` wait for their ACK.
//   - Between two there is a second, or two hours if there are no streams and
//     keepalive is not permitted without. HEADERS or DATA that come end that.
//   - After `max_pings_without_data` without HEADERS, DATA or WINDOW_UPDATE of
//     ours in between, the next one waits until such a frame is written, or
//     `ping_interval_without_data` is over. The begin of the connection counts
//     as such a frame: chttp2's first write has a WINDOW_UPDATE.
//
//   if (policy.Delay(now, any_streams, in_flight) <= absl::ZeroDuration()) {
//     policy.OnPingSent(now);
//     ...
//   }
//
// Not thread-safe.
class PingPolicy {
 public:
  explicit PingPolicy(const ConnectionOptions& options);

  // Returns how long the next PING has to wait. Infinite: until a frame is
  // written or an ACK comes.
  absl::Duration Delay(absl::Time now, bool any_streams,
                       size_t in_flight) const;

  void OnPingSent(absl::Time now);
  // HEADERS, DATA or WINDOW_UPDATE was written.
  void OnDataSent() { left_ = max_without_data_; }
  // HEADERS or DATA came.
  void OnDataReceived() { last_sent_ = absl::InfinitePast(); }

 private:
  const size_t max_in_flight_;     // 0: any number
  const size_t max_without_data_;  // 0: any number
  const absl::Duration interval_without_data_;
  const bool permit_without_calls_;
  size_t left_;  // until data is sent
  absl::Time last_sent_ = absl::InfinitePast();
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_CONNECTION_PING_POLICY_H_
