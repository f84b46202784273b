#include "transport/flow/receive_window.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "transport/base/log.h"

namespace loopy {

ConnectionReceiveWindow::ConnectionReceiveWindow(uint32_t limit)
    : limit_(std::min(limit, kMaxWindow)),
      window_(std::max(limit_, kDefaultWindow)) {}

Http2Error ConnectionReceiveWindow::OnData(uint32_t n) {
  if (n > window_.available()) {
    return Http2Error::Connection(
        Http2ErrorCode::kFlowControlError,
        absl::StrCat("received ", n,
                     " bytes of DATA with a connection window of ", value()));
  }
  window_.Decrease(n);
  return Http2Error::Ok();
}

uint32_t ConnectionReceiveWindow::MaybeUpdate() {
  return Missing() < limit_ / 4 ? 0 : UpdateNow();
}

uint32_t ConnectionReceiveWindow::UpdateNow() {
  const int64_t missing = Missing();
  if (missing <= 0) return 0;
  const uint32_t increment = static_cast<uint32_t>(missing);
  LOOPY_CHECK(window_.Increase(increment));
  return increment;
}

uint32_t ConnectionReceiveWindow::SetLimit(uint32_t limit) {
  limit = std::min(limit, kMaxWindow);
  if (limit <= limit_) return 0;
  limit_ = limit;
  return UpdateNow();
}

StreamReceiveWindow::StreamReceiveWindow(uint32_t limit)
    : limit_(std::min(limit, kMaxWindow)), window_(limit_) {}

Http2Error StreamReceiveWindow::OnData(uint32_t stream_id, uint32_t n) {
  if (n > window_.available()) {
    return Http2Error::Stream(
        stream_id, Http2ErrorCode::kFlowControlError,
        absl::StatusCode::kInternal,
        absl::StrCat("received ", n, " bytes of DATA with a stream window of ",
                     value()));
  }
  window_.Decrease(n);
  unread_ += n;
  return Http2Error::Ok();
}

uint32_t StreamReceiveWindow::OnRead(uint32_t n) {
  LOOPY_CHECK(n <= unread_);
  unread_ -= n;
  const int64_t target = int64_t{limit_} - static_cast<int64_t>(unread_);
  if (target - window_.value() < limit_ / 4) return 0;
  return RaiseTo(target);
}

uint32_t StreamReceiveWindow::GrantMessage(uint32_t n) {
  if (n <= window_.available()) return 0;
  return RaiseTo(int64_t{n} + limit_);
}

void StreamReceiveWindow::SetLimit(uint32_t limit) {
  if (limit <= limit_) return;
  LOOPY_CHECK(limit <= kMaxBdpWindow);
  LOOPY_CHECK(window_.Increase(limit - limit_));
  limit_ = limit;
}

uint32_t StreamReceiveWindow::RaiseTo(int64_t target) {
  const int64_t growth = limit_ < kMaxBdpWindow ? kMaxBdpWindow - limit_ : 0;
  const int64_t increment =
      std::min(target, int64_t{kMaxWindow} - growth) - window_.value();
  if (increment <= 0) return 0;
  LOOPY_CHECK(window_.Shift(increment));
  return static_cast<uint32_t>(increment);
}

}  // namespace loopy
