// The kinds of addresses that a channel may connect to, and a proxy on the way.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/programs/http_proxy.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"

namespace loopy {
namespace {

class AddressesTest : public ProgramTest {
 protected:
  static TestServer::Options At(const std::string& address) {
    TestServer::Options options;
    options.address = address;
    return options;
  }
};

// Whether this machine has IPv6's loopback address.
bool HasIpv6() {
  const int fd = socket(AF_INET6, SOCK_STREAM, 0);
  if (fd < 0) return false;
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool has = bind(fd, reinterpret_cast<const sockaddr*>(&address),
                        sizeof(address)) == 0;
  close(fd);
  return has;
}

TEST_P(AddressesTest, Ipv6) {
  if (!HasIpv6()) GTEST_SKIP() << "no IPv6 here";
  const TestServer server(At("[::1]:0"));
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  grpc::ClientContext context;
  ASSERT_TRUE(Call(channel, "hello", &context).ok());
  // 1.83 percent-encodes the brackets, as a URI wants.
  EXPECT_TRUE(absl::StartsWith(context.peer(), "ipv6:")) << context.peer();
}

TEST_P(AddressesTest, AName) {
  const TestServer server;
  ExpectWorks(NewChannel(absl::StrCat("dns:///localhost:", server.port())));
}

TEST_P(AddressesTest, UnixSocketByPath) {
  // The path has to be short.
  std::string folder = "/tmp/socketXXXXXX";
  ASSERT_NE(mkdtemp(&folder[0]), nullptr);
  const TestServer server(At(absl::StrCat("unix:", folder, "/s")));
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  grpc::ClientContext context;
  ASSERT_TRUE(Call(channel, std::string(1 << 20, 'x'), &context).ok());
  EXPECT_EQ(context.peer(), server.target());
}

TEST_P(AddressesTest, UnixSocketByAbstractName) {
  const TestServer server(At(absl::StrCat("unix-abstract:loopy-", getpid(), "-",
                                          TransportName(GetParam()))));
  ExpectWorks(NewChannel(server.target()));
}

TEST_P(AddressesTest, NobodyListens) {
  std::string target;
  {
    const TestServer server;
    target = server.target();
  }
  const grpc::Status status = Call(NewChannel(target));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(absl::StrContains(status.error_message(), "Connection refused"))
      << status.error_message();
}

// ---- An HTTP proxy on the way

class ProxyTest : public ProgramTest {
 protected:
  void UseProxy(const HttpProxy& proxy) {
    args_.SetString("grpc.http_proxy", "http://" + proxy.address());
  }
};

TEST_P(ProxyTest, CallsGoThroughIt) {
  const TestServer server;
  HttpProxy proxy(HttpProxy::Answer::kConnects);
  UseProxy(proxy);
  const auto channel = NewChannel(server.target());
  ExpectWorks(channel);
  EXPECT_TRUE(Call(channel, std::string(3 << 20, 'x')).ok());
  EXPECT_EQ(proxy.requests(), std::vector<std::string>{absl::StrCat(
                                  "CONNECT ", server.target(), " HTTP/1.1")});
}

TEST_P(ProxyTest, ARefusalEndsTheCall) {
  const TestServer server;
  HttpProxy proxy(HttpProxy::Answer::kRefuses);
  UseProxy(proxy);
  const grpc::Status status = Call(NewChannel(server.target()));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(absl::StrContains(status.error_message(), "403"))
      << status.error_message();
}

LOOPY_OVER_BOTH_TRANSPORTS(AddressesTest);
LOOPY_OVER_BOTH_TRANSPORTS(ProxyTest);

}  // namespace
}  // namespace loopy
