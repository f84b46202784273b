#ifndef LOOPY_TESTS_SUPPORT_RECORDING_PEER_H_
#define LOOPY_TESTS_SUPPORT_RECORDING_PEER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/raw_peer.h"

namespace loopy {

// Runs an HTTP/2 server that answers no call and records the frames that it
// receives. It acknowledges SETTINGS and PINGs.
//
//   RecordingPeer peer;
//   ... a channel to peer.target() ...
//   EXPECT_TRUE(peer.Await(kPingFrame, 2, absl::Seconds(5)));
//
// Thread-safe. The destructor ends every connection.
class RecordingPeer {
 public:
  struct Options {
    bool acks_pings = true;
    bool acks_settings = true;
    // The payload of the peer's SETTINGS frame.
    std::string settings;
    // The peer sends these bytes after its SETTINGS.
    std::string then;
    // The peer sends these bytes after each HEADERS frame that it receives.
    std::string answer;
  };
  struct Frame : RawPeer::ReceivedFrame {
    absl::Time at;
  };

  RecordingPeer() : RecordingPeer(Options()) {}
  explicit RecordingPeer(Options options);

  const std::string& target() const { return peer_.target(); }

  // Returns the frames received so far whose type is in `types`, in their
  // order, without ACKs.
  std::vector<Frame> Frames(const std::vector<int>& types) const;
  // Returns whether `count` frames of `type` arrive within `bound`.
  bool Await(int type, size_t count, absl::Duration bound) const;
  // Returns whether `count` connections end within `bound`.
  bool AwaitEnd(int count, absl::Duration bound) const;

 private:
  void Serve(RawPeer::Connection* connection);

  const Options options_;
  mutable absl::Mutex mu_;
  std::vector<Frame> frames_ ABSL_GUARDED_BY(mu_);
  int ended_ ABSL_GUARDED_BY(mu_) = 0;
  RawPeer peer_;  // last: its threads use the others
};

// Returns the value of a setting in the payload of a SETTINGS frame, or -1 if
// it is not there.
int64_t SettingOf(absl::string_view payload, int id);

// Encodes a setting for the payload of a SETTINGS frame.
std::string EncodeSetting(int id, uint32_t value);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_RECORDING_PEER_H_
