#include "transport/connection/goaway.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace loopy {
namespace {

constexpr char kCloseText[] = "client transport shutdown";

}  // namespace

Http2Error GoAway::OnFrame(const GoAwayFrame& frame) {
  if (frame.last_stream_id != 0 && frame.last_stream_id % 2 == 0) {
    return Http2Error::Connection(
        Http2ErrorCode::kProtocolError,
        absl::StrCat("received GOAWAY with an even stream id: ",
                     frame.last_stream_id));
  }
  if (received_ && frame.last_stream_id > last_stream_id_) {
    return Http2Error::Connection(
        Http2ErrorCode::kProtocolError,
        absl::StrCat("received GOAWAY with stream id ", frame.last_stream_id,
                     " above the earlier one's, ", last_stream_id_));
  }
  received_ = true;
  last_stream_id_ = frame.last_stream_id;
  code_ = frame.code;
  reason_ =
      absl::StrCat("code: ", Http2ErrorCodeName(frame.code), ", debug data: \"",
                   absl::CHexEscape(frame.debug_data), "\"");
  if (frame.code == Http2ErrorCode::kEnhanceYourCalm &&
      frame.debug_data == "too_many_pings") {
    too_many_pings_ = true;
  }
  return Http2Error::Ok();
}

absl::Status GoAway::UnprocessedStatus() const {
  return absl::UnavailableError(
      absl::StrCat("the server said GOAWAY: ", reason_));
}

absl::Status GoAway::Explain(const absl::Status& why) const {
  if (!received_) return why;
  return absl::Status(why.code(),
                      absl::StrCat("closing transport due to: ", why.message(),
                                   ", received prior goaway: ", reason_));
}

void GoAway::FillIn(DisconnectInfo* info) const {
  if (received_) info->goaway_code = code_;
  info->too_many_pings = too_many_pings_;
}

SendGoAway GoAway::ForClose() {
  return SendGoAway{Http2ErrorCode::kNoError, kCloseText};
}

SendGoAway GoAway::ForError(const Http2Error& error) {
  return SendGoAway{error.code(), std::string(error.text())};
}

}  // namespace loopy
