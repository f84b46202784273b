#include "transport/stream/wait.h"

#include <algorithm>
#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/optional.h"

namespace loopy {
namespace {

// Sets the cause, which has lasted since `since`, but not longer than the call.
void SetCause(WaitCause cause, absl::optional<absl::Time> since, absl::Time now,
              Wait* wait) {
  wait->cause = cause;
  wait->duration = wait->total;
  if (!since.has_value()) return;
  wait->duration =
      std::min(std::max(now - *since, absl::ZeroDuration()), wait->total);
}

// The stream has bytes, or its headers, that are in no write yet.
void DescribeUnwritten(const WaitFacts& facts, Wait* wait) {
  const auto stream_window = facts.stream->window_used_up_at.Get();
  if (stream_window.has_value()) {
    SetCause(WaitCause::kStreamWindow, stream_window, facts.now, wait);
    return;
  }
  const auto connection_window = facts.writer->window_used_up_at.Get();
  if (facts.queued.headers_taken && connection_window.has_value()) {
    SetCause(WaitCause::kConnectionWindow, connection_window, facts.now, wait);
    return;
  }
  // A write that has lasted for most of the time since the stream's last frame
  // keeps all streams waiting. Otherwise writes end, with others' frames.
  SetCause(WaitCause::kTurn, facts.stream->last_frame_at.Get(), facts.now,
           wait);
  const auto began = facts.writer->write_began_at.Get();
  if (wait->write_bytes != 0 && began.has_value() &&
      facts.now - *began >= wait->duration / 2) {
    SetCause(WaitCause::kSocket, began, facts.now, wait);
  }
}

// "1.98 s"
std::string Seconds(absl::Duration duration) {
  return absl::StrFormat("%.2f s", absl::ToDoubleSeconds(duration));
}

std::string What(const Wait& wait, absl::string_view peer) {
  switch (wait.cause) {
    case WaitCause::kStreamSlot:
      return absl::StrCat("a stream slot of ", peer, " (all ", wait.slots,
                          " that it allows are in use)");
    case WaitCause::kSocket:
      return absl::StrCat("the socket to ", peer, " (a write of ",
                          wait.write_bytes, " bytes has not ended; ",
                          wait.queued_bytes, " bytes of the call are queued)");
    case WaitCause::kStreamWindow:
      return absl::StrCat("its stream's window: ", peer,
                          " does not take more of this call (",
                          wait.queued_bytes, " bytes are queued)");
    case WaitCause::kConnectionWindow:
      return absl::StrCat("the connection's window: ", peer,
                          " does not take more of any call (",
                          wait.queued_bytes, " bytes of this one are queued)");
    case WaitCause::kTurn:
      return absl::StrCat("its turn beside other calls to ", peer, " (",
                          wait.queued_bytes, " bytes are queued)");
    case WaitCause::kApplication:
      return absl::StrCat("the application to read ", wait.unread_bytes,
                          " bytes that came from ", peer);
    case WaitCause::kPeer:
      return absl::StrCat("an answer of ", peer,
                          wait.request_ended
                              ? " (the request was written whole)"
                              : " (all messages so far were written)");
  }
  return "";
}

}  // namespace

const char* WaitCauseName(WaitCause cause) {
  switch (cause) {
    case WaitCause::kStreamSlot:
      return "stream_slot";
    case WaitCause::kSocket:
      return "socket";
    case WaitCause::kStreamWindow:
      return "stream_window";
    case WaitCause::kConnectionWindow:
      return "connection_window";
    case WaitCause::kTurn:
      return "turn";
    case WaitCause::kApplication:
      return "application";
    case WaitCause::kPeer:
      return "peer";
  }
  return "unknown";
}

Wait DescribeWait(const WaitFacts& facts) {
  Wait wait;
  wait.total =
      std::max(facts.now - facts.queued.started_at, absl::ZeroDuration());
  wait.queued_bytes = facts.queued.bytes;
  wait.unread_bytes = facts.unread_bytes;
  wait.slots = facts.slots;
  wait.request_ended = facts.queued.end_taken;
  const uint64_t ended =
      facts.writer->write_ended.load(std::memory_order_relaxed);
  if (facts.writer->write_begun.load(std::memory_order_relaxed) > ended) {
    wait.write_bytes =
        facts.writer->write_bytes.load(std::memory_order_relaxed);
  }
  const auto last_frame_at = facts.stream->last_frame_at.Get();
  if (!facts.queued.opened) {
    SetCause(WaitCause::kStreamSlot, absl::nullopt, facts.now, &wait);
  } else if (facts.queued.bytes != 0 || !facts.queued.headers_taken) {
    DescribeUnwritten(facts, &wait);
  } else if (facts.unread_bytes != 0) {
    SetCause(WaitCause::kApplication, last_frame_at, facts.now, &wait);
  } else if (facts.stream->last_write.load(std::memory_order_relaxed) > ended) {
    SetCause(WaitCause::kSocket, facts.writer->write_began_at.Get(), facts.now,
             &wait);
  } else {
    SetCause(WaitCause::kPeer, last_frame_at, facts.now, &wait);
  }
  return wait;
}

std::string WaitText(const Wait& wait, absl::string_view peer) {
  return absl::StrCat("waited ", Seconds(wait.duration), " of ",
                      Seconds(wait.total), " for ", What(wait, peer));
}

absl::Status WithWait(const absl::Status& status, const Wait& wait,
                      absl::string_view peer) {
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "; loopy: ", WaitText(wait, peer)));
}

}  // namespace loopy
