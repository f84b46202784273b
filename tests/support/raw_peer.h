#ifndef LOOPY_TESTS_SUPPORT_RAW_PEER_H_
#define LOOPY_TESTS_SUPPORT_RAW_PEER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"

namespace loopy {

// These are the types of frames of RFC 9113 section 6.
inline constexpr int kDataFrame = 0x0;
inline constexpr int kHeadersFrame = 0x1;
inline constexpr int kRstStreamFrame = 0x3;
inline constexpr int kSettingsFrame = 0x4;
inline constexpr int kPingFrame = 0x6;
inline constexpr int kGoAwayFrame = 0x7;
inline constexpr int kWindowUpdateFrame = 0x8;
inline constexpr int kContinuationFrame = 0x9;
// ... and these their flags.
inline constexpr int kEndStreamFlag = 0x1;   // DATA, HEADERS
inline constexpr int kAckFlag = 0x1;         // SETTINGS, PING
inline constexpr int kEndHeadersFlag = 0x4;  // HEADERS, CONTINUATION

// The HPACK of ":status: 200" and "content-type: application/grpc".
inline constexpr absl::string_view kOkGrpcHeaders =
    "\x88\x5f\x10"
    "application/grpc";
// The HPACK of "grpc-status: 0".
inline constexpr absl::string_view kOkTrailers{
    "\x00\x0bgrpc-status\x01"
    "0",
    15};

// Runs a server on plain sockets that sends to each connection what the test
// wants: nothing, nonsense, or some HTTP/2 frames.
//
// Example:
//   RawPeer peer([](RawPeer::Connection* connection) {
//     connection->Send("HTTP/1.1 400 Bad Request\r\n\r\n");
//   });
//   ... a channel to peer.target() ...
//
// The destructor ends every connection and waits for its script. Each
// connection's script runs on a thread of its own.
class RawPeer {
 public:
  // A frame that the client sent.
  struct ReceivedFrame {
    int type = 0;
    int flags = 0;
    uint32_t stream_id = 0;
    std::string payload;
  };

  class Connection {
   public:
    void Send(absl::string_view bytes);
    // Reads `count` bytes and drops them. Returns false if the connection
    // ended.
    bool Skip(size_t count);
    // Reads the client's preface, unless that was done before, and then frames
    // up to and including the first of `type`. Returns false if the connection
    // ended.
    bool SkipUntilFrame(int type);
    // Reads the preface, unless that was done before, and then a frame. Returns
    // false if the connection ended.
    bool ReadFrame(ReceivedFrame* frame);
    // Ends the connection with a TCP RST.
    void Reset();
    // Ends this side of the connection (FIN), and waits until the client's
    // kernel knows.
    void Finish();
    // Reads nothing until the peer is destroyed.
    void StayOpen();

   private:
    friend class RawPeer;
    Connection(int fd, const absl::Notification* over) : fd_(fd), over_(over) {}

    bool Receive(char* bytes, size_t count);

    const int fd_;
    const absl::Notification* const over_;
    bool preface_read_ = false;
  };
  // The connection is closed when the script returns.
  using Script = std::function<void(Connection*)>;

  explicit RawPeer(Script script);
  ~RawPeer();

  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  const std::string& target() const { return target_; }

  // Makes an HTTP/2 frame (RFC 9113 section 4.1).
  static std::string Frame(int type, int flags, int stream_id,
                           absl::string_view payload);

 private:
  void Accept();
  void Serve(int fd);

  const Script script_;
  const int listener_;
  std::string target_;
  absl::Notification over_;
  std::thread acceptor_;
  // The accepting thread owns these until it has ended.
  std::vector<int> connections_;
  std::vector<std::thread> servers_;
};

// An HTTP/2 server, as far as SETTINGS go. Its windows (16 MiB) are larger than
// what the kernels buffer.
void GreetAsHttp2(RawPeer::Connection* connection);

}  // namespace loopy

#endif  // LOOPY_TESTS_SUPPORT_RAW_PEER_H_
