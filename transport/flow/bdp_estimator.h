#ifndef LOOPY_TRANSPORT_FLOW_BDP_ESTIMATOR_H_
#define LOOPY_TRANSPORT_FLOW_BDP_ESTIMATOR_H_

#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "transport/flow/window.h"

namespace loopy {

// The estimator never makes a window larger than this.
inline constexpr uint32_t kMaxBdpWindow = 16 * 1024 * 1024;

// Estimates the bandwidth-delay product of what the peer sends from the bytes
// that arrive between a ping and its ack, and sizes the receive windows by it.
//
//   if (estimator.Add(n) && ...a PING may be sent...) {
//     ...put WINDOW_UPDATE, then PING...
//     estimator.OnPingPut();
//   }
//   estimator.TimeSnap(clock->Now());            // the ping is written
//   window = estimator.Calculate(clock->Now());  // its ack arrived
//
// The factors are grpc-go's: the window becomes twice (gamma) the bytes that
// arrived, if these are at least two thirds (beta) of the window and no
// bandwidth was higher. The window only grows.
//
// Unlike in grpc-go, small responses cost no pings: a ping goes out only when a
// quarter of the window has arrived since the last ack. Each measurement that
// leaves the window as it is doubles what has to arrive before the next one, up
// to four windows. A ping costs each end a write.
//
// Not thread-safe.
class BdpEstimator {
 public:
  explicit BdpEstimator(uint32_t window = kDefaultWindow) : window_(window) {}

  // `n` bytes of DATA arrived. Returns true if a BDP ping is wanted. Before it,
  // the connection's WINDOW_UPDATE that is due has to be put, because some
  // proxies count a ping without one against the client. If the ping cannot be
  // sent now, the next bytes ask again.
  bool Add(uint32_t n);

  // The BDP ping that Add wanted was put.
  void OnPingPut();

  // The BDP ping was written at `now`. Called before Calculate, at any time.
  void TimeSnap(absl::Time now);

  // The ack of a BDP ping arrived. Returns the new window of each stream, if it
  // grew. An ack without a ping changes nothing.
  absl::optional<uint32_t> Calculate(absl::Time now);

  uint32_t window() const { return window_; }

 private:
  //   kIdle --OnPingPut--> kQueued --TimeSnap--> kInFlight --Calculate--> kIdle
  enum class State { kIdle, kQueued, kInFlight };

  // Returns whether the window grows.
  bool Measure(absl::Duration round_trip);
  void AddRoundTrip(absl::Duration sample);

  State state_ = State::kIdle;
  uint32_t window_;
  uint64_t unasked_ = 0;  // bytes since the last ack
  // The quarters of the window that arrive before a ping.
  uint32_t quarters_ = 1;
  uint64_t sample_ = 0;  // bytes since the ping was asked for
  uint32_t last_added_ = 0;
  absl::Time sent_at_;
  uint64_t round_trips_ = 0;
  double round_trip_seconds_ = 0;  // a moving average
  double highest_bandwidth_ = 0;   // in bytes per second
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_FLOW_BDP_ESTIMATOR_H_
