#include "tests/support/recording_peer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/time/clock.h"

namespace loopy {

RecordingPeer::RecordingPeer(Options options)
    : options_(std::move(options)),
      peer_([this](RawPeer::Connection* connection) { Serve(connection); }) {}

void RecordingPeer::Serve(RawPeer::Connection* connection) {
  connection->Send(RawPeer::Frame(kSettingsFrame, 0, 0, options_.settings) +
                   options_.then);
  Frame frame;
  while (connection->ReadFrame(&frame)) {
    frame.at = absl::Now();
    const bool is_answerable =
        frame.type == kSettingsFrame || frame.type == kPingFrame;
    if (is_answerable && (frame.flags & kAckFlag) != 0) continue;
    {
      absl::MutexLock lock(&mu_);
      frames_.push_back(frame);
    }
    if (frame.type == kHeadersFrame) connection->Send(options_.answer);
    if (frame.type == kSettingsFrame && options_.acks_settings) {
      connection->Send(RawPeer::Frame(kSettingsFrame, kAckFlag, 0, ""));
    } else if (frame.type == kPingFrame && options_.acks_pings) {
      connection->Send(RawPeer::Frame(kPingFrame, kAckFlag, 0, frame.payload));
    }
  }
  absl::MutexLock lock(&mu_);
  ++ended_;
}

std::vector<RecordingPeer::Frame> RecordingPeer::Frames(
    const std::vector<int>& types) const {
  absl::MutexLock lock(&mu_);
  std::vector<Frame> found;
  for (const Frame& frame : frames_) {
    if (std::find(types.begin(), types.end(), frame.type) != types.end()) {
      found.push_back(frame);
    }
  }
  return found;
}

bool RecordingPeer::Await(int type, size_t count, absl::Duration bound) const {
  const auto have = [this, type, count]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return static_cast<size_t>(std::count_if(frames_.begin(), frames_.end(),
                                             [type](const Frame& frame) {
                                               return frame.type == type;
                                             })) >= count;
  };
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&have), bound);
}

bool RecordingPeer::AwaitEnd(int count, absl::Duration bound) const {
  const auto ended = [this, count]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ended_ >= count;
  };
  absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&ended), bound);
}

int64_t SettingOf(absl::string_view payload, int id) {
  for (size_t i = 0; i + 6 <= payload.size(); i += 6) {
    const auto byte = [payload, i](size_t n) {
      return static_cast<uint32_t>(static_cast<unsigned char>(payload[i + n]));
    };
    if (static_cast<int>(byte(0) << 8 | byte(1)) != id) continue;
    return byte(2) << 24 | byte(3) << 16 | byte(4) << 8 | byte(5);
  }
  return -1;
}

std::string EncodeSetting(int id, uint32_t value) {
  std::string setting;
  for (const int shift : {8, 0}) {
    setting.push_back(static_cast<char>((id >> shift) & 0xff));
  }
  for (const int shift : {24, 16, 8, 0}) {
    setting.push_back(static_cast<char>((value >> shift) & 0xff));
  }
  return setting;
}

}  // namespace loopy
