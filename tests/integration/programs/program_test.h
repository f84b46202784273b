#ifndef LOOPY_TESTS_INTEGRATION_PROGRAMS_PROGRAM_TEST_H_
#define LOOPY_TESTS_INTEGRATION_PROGRAMS_PROGRAM_TEST_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/support/channel_factory.h"

namespace loopy {

inline std::chrono::system_clock::time_point InSeconds(double seconds) {
  return std::chrono::system_clock::now() +
         std::chrono::milliseconds(static_cast<int>(seconds * 1000));
}

// One use of gRPC's public API, over each client transport: the built-in one
// shows that the test itself is right.
class ProgramTest : public ::testing::TestWithParam<TransportKind> {
 protected:
  // Channels made with `args_` have the transport of the parameter, and share
  // no connection with others.
  ProgramTest();

  std::shared_ptr<grpc::Channel> NewChannel(
      const std::string& target,
      const std::shared_ptr<grpc::ChannelCredentials>& credentials =
          grpc::InsecureChannelCredentials()) const;

  // A channel over `servers`, which are numeric addresses such as
  // "127.0.0.1:50051".
  std::shared_ptr<grpc::Channel> NewChannel(
      const std::vector<std::string>& servers) const;

  // One UnaryCall that carries `body` and expects as many bytes back, within
  // 10 s, or until the deadline that `context` has.
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel,
                           const std::string& body = "hello",
                           grpc::ClientContext* context = nullptr);

  // A call ends well, and over the transport of the parameter: the server has
  // seen that in the user agent.
  void ExpectWorks(const std::shared_ptr<grpc::Channel>& channel) const;

  bool loopy() const { return GetParam() == TransportKind::kLoopy; }

  grpc::ChannelArguments args_;
};

// Instantiates `suite`, which derives from ProgramTest, over both transports.
#define LOOPY_OVER_BOTH_TRANSPORTS(suite)                    \
  INSTANTIATE_TEST_SUITE_P(                                  \
      Transports, suite,                                     \
      ::testing::Values(::loopy::TransportKind::kLoopy,      \
                        ::loopy::TransportKind::kChttp2),    \
      [](const ::testing::TestParamInfo<TransportKind>& i) { \
        return std::string(TransportName(i.param));          \
      })

}  // namespace loopy

#endif  // LOOPY_TESTS_INTEGRATION_PROGRAMS_PROGRAM_TEST_H_
