#ifndef LOOPY_TESTS_ADAPTER_SOCKET_PAIR_H_
#define LOOPY_TESTS_ADAPTER_SOCKET_PAIR_H_

#include <functional>
#include <string>

#include "src/core/lib/iomgr/endpoint.h"
#include "src/core/lib/iomgr/pollset.h"
#include "tests/adapter/endpoint_from_fd.h"

namespace loopy {

// A TCP connection over loopback: a grpc_endpoint on one side, a blocking
// socket, the peer, on the other. Small buffers, so that a write gets stuck
// soon.
//
// Lifetime: the endpoint is the test's, to be destroyed by it.
class SocketPair {
 public:
  explicit SocketPair(EndpointKind kind);
  ~SocketPair();

  grpc_endpoint* endpoint() { return endpoint_; }
  int endpoint_fd() { return endpoint_fd_; }

  void Send(const std::string& bytes);
  // Reads exactly that many bytes; fewer if the connection ends.
  std::string Receive(size_t size);
  // Returns how the last Receive ended early: 0 for an orderly end, or an
  // errno.
  int end() const { return end_; }

 private:
  int end_ = -1;
  int peer_fd_;
  int endpoint_fd_;
  grpc_endpoint* endpoint_;
};

// Lets the calling thread do gRPC's polling, as a thread does that waits for a
// completion queue.
class TestPoller {
 public:
  TestPoller();
  ~TestPoller();

  grpc_pollset* pollset() { return pollset_; }

  // Polls until `done`. Returns false if that takes more than 10 s.
  bool Until(const std::function<bool()>& done);

 private:
  grpc_pollset* pollset_;
  gpr_mu* mu_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_SOCKET_PAIR_H_
