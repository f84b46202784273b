// Metadata of every sort, in both directions.

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"

namespace loopy {
namespace {

using Sent = std::vector<std::pair<std::string, std::string>>;

class MetadataTest : public ProgramTest {
 protected:
  // What comes back is what was sent, in order where a name comes again.
  void ExpectEcho(const Sent& sent) {
    grpc::ClientContext context;
    for (const auto& field : sent) {
      context.AddMetadata(field.first, field.second);
    }
    const grpc::Status status =
        Call(NewChannel(server_.target()), "hello", &context);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ExpectHas(context.GetServerInitialMetadata(), sent);
    ExpectHas(context.GetServerTrailingMetadata(), sent);
  }

  TestServer server_;

 private:
  using Received = std::multimap<grpc::string_ref, grpc::string_ref>;

  static void ExpectHas(const Received& received, const Sent& sent) {
    std::multimap<std::string, std::string> echoed;
    for (const auto& field : received) {
      const std::string name(field.first.data(), field.first.size());
      if (name.rfind("echo-", 0) != 0) continue;
      echoed.emplace(name,
                     std::string(field.second.data(), field.second.size()));
    }
    EXPECT_EQ(echoed, (std::multimap<std::string, std::string>(sent.begin(),
                                                               sent.end())));
  }
};

TEST_P(MetadataTest, Text) {
  ExpectEcho({{"echo-a", "1"},
              {"echo-b", ""},
              {"echo-c", "with, commas"},
              {"echo-twice", "first"},
              {"echo-twice", "second"}});
}

// Each length of the rest that base64 has to pad, zero bytes and commas.
TEST_P(MetadataTest, Binary) {
  Sent sent;
  for (size_t size : {0, 1, 2, 3, 4, 255}) {
    std::string value;
    for (size_t i = 0; i < size; ++i) value.push_back(static_cast<char>(i * 7));
    sent.emplace_back(absl::StrCat("echo-size", size, "-bin"), value);
  }
  sent.emplace_back("echo-comma-bin", ",,\0,");
  sent.emplace_back("echo-twice-bin", "first");
  sent.emplace_back("echo-twice-bin", "second");
  ExpectEcho(sent);
}

TEST_P(MetadataTest, ManyFields) {
  Sent sent;
  for (int i = 0; i < 60; ++i) {
    sent.emplace_back(absl::StrCat("echo-field-", i), absl::StrCat(i));
  }
  ExpectEcho(sent);
}

// More than one header frame can hold.
TEST_P(MetadataTest, LargeFields) {
  args_.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 1 << 20);
  TestServer::Options options;
  options.arguments[GRPC_ARG_MAX_METADATA_SIZE] = 1 << 20;
  const TestServer server(options);
  grpc::ClientContext context;
  const std::string value(40000, 'v');
  context.AddMetadata("echo-large", value);
  const grpc::Status status =
      Call(NewChannel(server.target()), "hello", &context);
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto& trailers = context.GetServerTrailingMetadata();
  ASSERT_EQ(trailers.count("echo-large"), 1u);
  EXPECT_EQ(trailers.find("echo-large")->second, value);
}

TEST_P(MetadataTest, TheAuthorityOfACall) {
  grpc::ClientContext context;
  context.set_authority("other.example");
  std::string authority;
  TestServer::Options options;
  options.unary = [&authority](grpc::ServerContext* server_context,
                               const grpc::testing::SimpleRequest& request,
                               grpc::testing::SimpleResponse* response) {
    authority = std::string(server_context->ExperimentalGetAuthority().data(),
                            server_context->ExperimentalGetAuthority().size());
    return TestServer::EchoUnary(server_context, request, response);
  };
  const TestServer server(options);
  ASSERT_TRUE(Call(NewChannel(server.target()), "hello", &context).ok());
  EXPECT_EQ(authority, "other.example");
}

LOOPY_OVER_BOTH_TRANSPORTS(MetadataTest);

}  // namespace
}  // namespace loopy
