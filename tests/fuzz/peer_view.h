#ifndef LOOPY_TESTS_FUZZ_PEER_VIEW_H_
#define LOOPY_TESTS_FUZZ_PEER_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tests/writer/written_frames.h"
#include "transport/base/http2_constants.h"
#include "transport/base/http2_error.h"
#include "transport/wire/frame.h"
#include "transport/wire/frame_parser.h"

namespace loopy {

// Aborts, so that a fuzzer keeps the input.
void Require(bool condition, const char* what);

// A PeerView is a connection as the peer of a client sees it: windows, streams
// and promises. It aborts when the client writes a frame that it may not write.
//
//   view.OnPeerBytes(bytes, frames_wait);  // before the client reads them
//   endpoint->Feed(bytes);
//   view.OnClientFrame(frame);
//
// The peer may send anything. The client's own parser reads its bytes; that
// parser has a fuzz target of its own.
class PeerView final : private FrameParser::Handler {
 public:
  // The client advertises `max_frame_size`.
  explicit PeerView(uint32_t max_frame_size);

  // Requires a client that still reads. `frames_wait` says that the client has
  // frames which wait for a turn of its writer: they do not depend on `bytes`,
  // but come later.
  void OnPeerBytes(absl::string_view bytes, bool frames_wait);
  void OnClientFrame(const WrittenFrame& frame);
  // The client has written all that it can, so it knows all that the peer sent.
  void OnCaughtUp() { highest_limit_ = limit(); }

  // Returns the streams that were opened, in order.
  const std::vector<uint32_t>& ids() const { return ids_; }
  bool Knows(uint32_t id) const { return streams_.count(id) != 0; }
  // Returns the data of the last PING from the client.
  uint64_t last_ping() const { return last_ping_; }
  // Returns the largest SETTINGS_MAX_FRAME_SIZE that the peer has sent.
  uint32_t largest_max_frame_size() const { return largest_max_frame_size_; }
  // Returns the number of open streams whose HEADERS have arrived.
  size_t open_streams() const;

 private:
  struct Stream {
    int64_t send_window = 0;     // DATA that the client may send
    int64_t receive_window = 0;  // DATA that the client has allowed
    bool client_ended = false;   // by END_STREAM
    bool client_reset = false;
    bool peer_ended = false;
    // The peer has reset it, or has excluded it by GOAWAY. Frames may come
    // until the client has read that, and has written what waited then.
    bool peer_reset = false;
    uint64_t peer_reset_at = 0;

    bool open() const {
      return !client_reset && !peer_reset && !(client_ended && peer_ended);
    }
  };

  // ---- FrameParser::Handler, for the peer's frames
  Http2Error OnFrame(Frame&& frame) override;
  void OnStreamError(Http2Error error) override {
    used_by_peer_.insert(error.stream_id());
  }
  void OnSent(const DataFrame& frame);
  void OnSent(const HeadersFrame& frame);
  void OnSent(const ContinuationFrame& frame);
  void OnSent(const RstStreamFrame& frame);
  void OnSent(const SettingsFrame& frame);
  void OnSent(const GoAwayFrame& frame);
  void OnSent(const PingFrame& frame);
  void OnSent(const WindowUpdateFrame& frame);
  void OnSent(const PriorityFrame& frame) {
    used_by_peer_.insert(frame.stream_id);
  }
  void OnSent(const PushPromiseFrame& frame) {
    used_by_peer_.insert(frame.stream_id);
  }
  void MaybeEnd(uint32_t id, bool end_headers);
  void Reset(Stream* stream);

  // ---- For the client's frames
  void OnHeaders(const WrittenFrame& frame);
  void OnData(const WrittenFrame& frame);
  void OnReset(const WrittenFrame& frame);
  void OnSettings(const WrittenFrame& frame);
  void OnWindowUpdate(const WrittenFrame& frame);
  void ApplyAcknowledged(const SettingsFrame& frame);
  Stream* FindKnown(uint32_t id);
  uint32_t limit() const;

  FrameParser parser_;
  bool broken_ = false;      // the peer broke the protocol, and is not read
  uint64_t rounds_ = 0;      // OnPeerBytes while no frames waited
  uint32_t block_ends_ = 0;  // the stream that ends with its header block

  std::map<uint32_t, Stream> streams_;
  std::vector<uint32_t> ids_;
  // Streams on which the peer has sent frames, right or wrong.
  std::set<uint32_t> used_by_peer_;
  // WINDOW_UPDATEs for streams whose HEADERS have not arrived.
  std::map<uint32_t, int64_t> early_updates_;
  int64_t send_window_ = kDefaultWindow;
  int64_t receive_window_ = kDefaultWindow;

  // The peer's SETTINGS that it has sent and the client has not acknowledged,
  // and those in force.
  std::deque<SettingsFrame> unacknowledged_;
  bool any_acknowledged_ = false;
  uint32_t largest_max_frame_size_ = kDefaultMaxFrameSize;
  uint32_t initial_window_ = kDefaultWindow;
  uint32_t max_concurrent_ = std::numeric_limits<uint32_t>::max();
  // The highest one since the client has caught up: streams that it had opened
  // may be written when it has been lowered (RFC 9113 section 5.1.2).
  uint32_t highest_limit_ = std::numeric_limits<uint32_t>::max();

  bool client_settings_came_ = false;
  int64_t client_initial_window_ = kDefaultWindow;
  size_t pings_to_acknowledge_ = 0;
  uint64_t last_ping_ = 0;
  absl::optional<uint32_t> goaway_last_id_;
  uint64_t goaway_at_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_FUZZ_PEER_VIEW_H_
