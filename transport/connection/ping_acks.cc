#include "transport/connection/ping_acks.h"

#include <utility>

namespace loopy {

void PingAcks::OnPing(uint64_t opaque) {
  if (ping_.has_value()) buffer_->PutPingAck(*ping_);
  ping_ = opaque;
}

bool PingAcks::OnReadHandled(int responses) {
  if (!ping_.has_value()) return false;
  const uint64_t opaque = *std::exchange(ping_, absl::nullopt);
  if (responses == 0 || !MayWait()) {
    buffer_->PutPingAck(opaque);
    return false;
  }
  if (!buffer_->PutPingAckForNextWrite(opaque)) {
    // The one before has found no write until now.
    do_not_wait_.store(kAfterAVainWait, std::memory_order_relaxed);
    return false;
  }
  return !timer_runs_.exchange(true);
}

bool PingAcks::MayWait() {
  const int left = do_not_wait_.load(std::memory_order_relaxed);
  if (left == 0) return true;
  do_not_wait_.store(left - 1, std::memory_order_relaxed);
  return false;
}

bool PingAcks::OnTimer() {
  timer_runs_.store(false);
  if (!buffer_->StopPingAckWait()) return false;
  do_not_wait_.store(kAfterAVainWait, std::memory_order_relaxed);
  return true;
}

}  // namespace loopy
