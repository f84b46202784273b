#include "transport/flow/bdp_estimator.h"

#include <algorithm>

namespace loopy {
namespace {

// These factors are grpc-go's.
constexpr double kAlpha = 0.9;  // the weight of the newest round trip
constexpr double kBeta = 0.66;  // the window grows if a sample is this part
constexpr uint64_t kGamma = 2;  // the new window, in samples
// The most quarters of the window that arrive before a ping.
constexpr uint32_t kMaxQuarters = 16;
// The first round trips are averaged evenly.
constexpr uint64_t kEvenRoundTrips = 10;
// On a saturated connection a sample is at most this many times the product.
constexpr double kSampleToProduct = 1.5;
// A clock may not notice the time between a ping and its ack.
constexpr absl::Duration kShortestRoundTrip = absl::Microseconds(1);

}  // namespace

bool BdpEstimator::Add(uint32_t n) {
  if (window_ >= kMaxBdpWindow) return false;
  if (state_ != State::kIdle) {
    sample_ += n;
    return false;
  }
  unasked_ += n;
  last_added_ = n;
  return unasked_ >= uint64_t{quarters_} * (window_ / 4);
}

void BdpEstimator::OnPingPut() {
  if (state_ != State::kIdle) return;
  state_ = State::kQueued;
  unasked_ = 0;
  sample_ = last_added_;
}

void BdpEstimator::TimeSnap(absl::Time now) {
  if (state_ != State::kQueued) return;
  state_ = State::kInFlight;
  sent_at_ = now;
}

absl::optional<uint32_t> BdpEstimator::Calculate(absl::Time now) {
  if (state_ != State::kInFlight) return absl::nullopt;
  state_ = State::kIdle;
  if (!Measure(std::max(now - sent_at_, kShortestRoundTrip))) {
    quarters_ = std::min(2 * quarters_, kMaxQuarters);
    return absl::nullopt;
  }
  quarters_ = 1;
  return window_;
}

bool BdpEstimator::Measure(absl::Duration round_trip) {
  AddRoundTrip(round_trip);
  const double sample = static_cast<double>(sample_);
  const double bandwidth = sample / (round_trip_seconds_ * kSampleToProduct);
  if (bandwidth < highest_bandwidth_) return false;
  highest_bandwidth_ = bandwidth;
  if (sample < kBeta * window_) return false;
  const uint64_t window = std::min<uint64_t>(kGamma * sample_, kMaxBdpWindow);
  if (window <= window_) return false;
  window_ = static_cast<uint32_t>(window);
  return true;
}

void BdpEstimator::AddRoundTrip(absl::Duration sample) {
  ++round_trips_;
  const double weight = round_trips_ < kEvenRoundTrips
                            ? 1 / static_cast<double>(round_trips_)
                            : kAlpha;
  round_trip_seconds_ +=
      (absl::ToDoubleSeconds(sample) - round_trip_seconds_) * weight;
}

}  // namespace loopy
