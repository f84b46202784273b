#include "tests/integration/programs/program_test.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace loopy {

ProgramTest::ProgramTest() {
  ChooseTransport(GetParam(), &args_);
  args_.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
}

std::shared_ptr<grpc::Channel> ProgramTest::NewChannel(
    const std::string& target,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
  return grpc::CreateCustomChannel(target, credentials, args_);
}

std::shared_ptr<grpc::Channel> ProgramTest::NewChannel(
    const std::vector<std::string>& servers) const {
  return NewChannel(absl::StrCat("ipv4:", absl::StrJoin(servers, ",")));
}

grpc::Status ProgramTest::Call(const std::shared_ptr<grpc::Channel>& channel,
                               const std::string& body,
                               grpc::ClientContext* context) {
  grpc::ClientContext own_context;
  if (context == nullptr) context = &own_context;
  if (context->deadline() == std::chrono::system_clock::time_point::max()) {
    context->set_deadline(InSeconds(10));
  }
  grpc::testing::SimpleRequest request;
  request.mutable_payload()->set_body(body);
  request.set_response_size(static_cast<int>(body.size()));
  grpc::testing::SimpleResponse response;
  const grpc::Status status =
      grpc::testing::TestService::NewStub(channel)->UnaryCall(context, request,
                                                              &response);
  if (status.ok()) {
    EXPECT_EQ(response.payload().body().size(), body.size());
  }
  return status;
}

void ProgramTest::ExpectWorks(
    const std::shared_ptr<grpc::Channel>& channel) const {
  grpc::ClientContext context;
  const grpc::Status status = Call(channel, "hello", &context);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto seen = trailers.find("seen-user-agent");
  ASSERT_NE(seen, trailers.end());
  const std::string user_agent(seen->second.data(), seen->second.size());
  EXPECT_TRUE(absl::StrContains(user_agent, TransportName(GetParam())))
      << user_agent;
}

}  // namespace loopy
