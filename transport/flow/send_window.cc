#include "transport/flow/send_window.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "transport/base/log.h"

namespace loopy {

bool SendWindow::Increase(uint64_t increment) {
  // Twice the largest window overflows any.
  return increment <= 2 * uint64_t{kMaxWindow} &&
         window_.Shift(static_cast<int64_t>(increment));
}

Http2Error SendWindow::OnStreamUpdate(uint32_t stream_id, uint64_t increment) {
  if (Increase(increment)) return Http2Error::Ok();
  const uint64_t space = static_cast<uint64_t>(kMaxWindow - window_.value());
  if (increment - space <= kTolerated) {
    LOOPY_CHECK(Increase(space));
    return Http2Error::Ok();
  }
  return Http2Error::Stream(stream_id, Http2ErrorCode::kFlowControlError,
                            absl::StatusCode::kInternal,
                            absl::StrCat("WINDOW_UPDATE of ", increment,
                                         " bytes takes the stream's window of ",
                                         value(), " bytes past 2^31-1"));
}

Http2Error SendWindow::OnConnectionUpdate(uint64_t increment) {
  if (Increase(increment)) return Http2Error::Ok();
  return Http2Error::Connection(
      Http2ErrorCode::kFlowControlError,
      absl::StrCat("WINDOW_UPDATE of ", increment,
                   " bytes takes the connection's window of ", value(),
                   " bytes past 2^31-1"));
}

}  // namespace loopy
