#ifndef LOOPY_TESTS_INTEGRATION_RAW_PEER_H_
#define LOOPY_TESTS_INTEGRATION_RAW_PEER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"

namespace loopy {

// A server of a test's own, on plain sockets, that says to each connection
// what the test wants said: nothing, nonsense, or some frames of HTTP/2.
//
// Example:
//   RawPeer peer([](RawPeer::Connection* connection) {
//     connection->Send("HTTP/1.1 400 Bad Request\r\n\r\n");
//   });
//   ... a channel to peer.target() ...
//
// Lifetime: the destructor ends every connection and waits for its script.
// Threads: scripts run on one thread for each connection.
class RawPeer {
 public:
  // A frame of the client.
  struct ReceivedFrame {
    int type = 0;
    int flags = 0;
    uint32_t stream_id = 0;
    std::string payload;
  };

  class Connection {
   public:
    void Send(absl::string_view bytes);
    // Reads so many bytes and throws them away; false: the connection ended.
    bool Skip(size_t count);
    // Reads the client's preface, unless that was done before, then its frames
    // up to and with the first of that type; false: the connection ended.
    bool SkipUntilFrame(int type);
    // Reads the preface, unless that was done before, then a frame; false: the
    // connection ended.
    bool ReadFrame(ReceivedFrame* frame);
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

  // An HTTP/2 frame (RFC 9113 section 4.1).
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
  // Of the accepting thread, until it has ended.
  std::vector<int> connections_;
  std::vector<std::thread> servers_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_RAW_PEER_H_
