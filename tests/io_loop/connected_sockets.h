#ifndef LOOPY_TESTS_IO_LOOP_CONNECTED_SOCKETS_H_
#define LOOPY_TESTS_IO_LOOP_CONNECTED_SOCKETS_H_

#include <cstddef>
#include <string>

namespace loopy {

// Two connected sockets: a non-blocking one, which is to be polled, and a
// blocking one, its peer.
//
// Lifetime: the polled one is the test's; the peer is closed with this object.
class ConnectedSockets {
 public:
  enum class Kind {
    kUnix,
    kTcp,
    kTcpWithSmallBuffers,  // a write gets stuck soon
  };

  explicit ConnectedSockets(Kind kind = Kind::kUnix);
  ~ConnectedSockets() { ClosePeer(); }
  ConnectedSockets(const ConnectedSockets&) = delete;
  ConnectedSockets& operator=(const ConnectedSockets&) = delete;

  int polled() const { return polled_; }

  void Send(const std::string& bytes);
  // Returns `size` bytes; fewer if the connection ends, or nothing comes for
  // 10 s.
  std::string Receive(size_t size);
  // Returns how the last Receive ended early: 0 for an orderly end, or an
  // errno.
  int end() const { return end_; }
  // Returns whether the other end was closed and everything has been received.
  bool IsAtEnd();
  void ClosePeer();
  // The polled end sees a reset instead of an orderly end. For TCP.
  void ResetByPeer();

 private:
  int polled_ = -1;
  int peer_ = -1;
  int end_ = -1;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_IO_LOOP_CONNECTED_SOCKETS_H_
