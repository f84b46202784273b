#ifndef LOOPY_TESTS_INTEGRATION_PROGRAMS_HTTP_PROXY_H_
#define LOOPY_TESTS_INTEGRATION_PROGRAMS_HTTP_PROXY_H_

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace loopy {

// A proxy on a loopback port that connects clients to numeric IPv4 addresses
// (RFC 9110 section 9.3.6).
//
//   HttpProxy proxy(HttpProxy::Answer::kConnects);
//   ... a channel with "grpc.http_proxy" ...
//   proxy.requests();  // {"CONNECT 127.0.0.1:50051 HTTP/1.1"}
//
// Threads: one for each connection. Lifetime: the destructor ends every
// connection.
class HttpProxy {
 public:
  enum class Answer { kConnects, kRefuses };

  explicit HttpProxy(Answer answer);
  ~HttpProxy();
  HttpProxy(const HttpProxy&) = delete;
  HttpProxy& operator=(const HttpProxy&) = delete;

  // Such as "127.0.0.1:3128".
  const std::string& address() const { return address_; }
  // The first line of each request.
  std::vector<std::string> requests() const;
  // All bytes that clients have sent to servers, and the number of those that
  // servers have sent to clients.
  std::string bytes_to_servers() const;
  size_t byte_count_to_clients() const;

 private:
  void Accept();
  void Serve(int client);
  // Copies both ways until one end, or the proxy's, comes.
  void Relay(int client, int server);

  const Answer answer_;
  int listener_ = -1;
  int over_[2] = {-1, -1};  // a pipe that is closed at the end
  std::string address_;
  std::thread acceptor_;
  std::vector<std::thread> connections_;  // the acceptor's

  mutable absl::Mutex mu_;
  std::vector<std::string> requests_ ABSL_GUARDED_BY(mu_);
  std::string bytes_to_servers_ ABSL_GUARDED_BY(mu_);
  size_t byte_count_to_clients_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_PROGRAMS_HTTP_PROXY_H_
