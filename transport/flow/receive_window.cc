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

uint32_t ConnectionReceiveWindow::MaybeUpdate(uint32_t ahead) {
  const int64_t missing = Missing(ahead);
  return missing < Eighth() ? 0 : RaiseBy(missing);
}

uint32_t ConnectionReceiveWindow::UpdateNow() {
  return RaiseBy(Missing(/*ahead=*/0));
}

int64_t ConnectionReceiveWindow::Missing(uint32_t ahead) const {
  const int64_t wanted = std::min(int64_t{limit_} + ahead, int64_t{kMaxWindow});
  return wanted - window_.value();
}

uint32_t ConnectionReceiveWindow::RaiseBy(int64_t missing) {
  if (missing <= 0) return 0;
  const uint32_t increment = static_cast<uint32_t>(missing);
  LOOPY_CHECK(window_.Increase(increment));
  return increment;
}

uint32_t ConnectionReceiveWindow::SetLimit(uint32_t limit) {
  const uint32_t old_limit = limit_;
  limit_ = std::min(limit, kMaxWindow);
  return limit_ > old_limit ? UpdateNow() : 0;
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
  return MaybeUpdate();
}

uint32_t StreamReceiveWindow::MaybeUpdate() {
  const int64_t target = int64_t{limit_} - static_cast<int64_t>(unread_);
  if (target - Announced() < limit_ / 4) return 0;
  return RaiseTo(target);
}

uint32_t StreamReceiveWindow::GrantMessage(uint32_t n) {
  if (n <= Announced()) return 0;
  return RaiseTo(int64_t{n} + limit_);
}

uint32_t StreamReceiveWindow::Ahead() const {
  return static_cast<uint32_t>(std::max(int64_t{0}, Announced() - limit_));
}

void StreamReceiveWindow::Start(uint32_t limit) {
  LOOPY_CHECK(limit <= std::max(limit_, kMaxBdpWindow));
  limit_ = limit;
  window_ = Window(limit);
}

uint32_t StreamReceiveWindow::SetLimit(uint32_t limit) {
  LOOPY_CHECK(limit <= std::max(limit_, kMaxBdpWindow));
  const int64_t change = int64_t{limit} - limit_;
  limit_ = limit;
  // The peer may use the higher of two limits until it has acknowledged both.
  const int64_t raise = change - lowered_by_;
  lowered_by_ = std::max(int64_t{0}, -raise);
  if (raise > 0) LOOPY_CHECK(window_.Shift(raise));
  return MaybeUpdate();
}

uint32_t StreamReceiveWindow::OnLimitAcked() {
  LOOPY_CHECK(window_.Shift(-lowered_by_));
  lowered_by_ = 0;
  return MaybeUpdate();
}

uint32_t StreamReceiveWindow::RaiseTo(int64_t target) {
  const int64_t growth = limit_ < kMaxBdpWindow ? kMaxBdpWindow - limit_ : 0;
  const int64_t increment =
      std::min(std::min(target, int64_t{kMaxWindow} - growth) - Announced(),
               int64_t{kMaxWindow} - window_.value());
  if (increment <= 0) return 0;
  LOOPY_CHECK(window_.Shift(increment));
  return static_cast<uint32_t>(increment);
}

}  // namespace loopy
