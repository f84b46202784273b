// The interop client as a program: its exit codes, and one line that says why.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/support/go_server.h"
#include "tests/support/raw_peer.h"
#include "tests/support/subprocess.h"

namespace loopy {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Ended {
  int exit_code = -1;
  std::string output;
};

class InteropClientTest : public ::testing::TestWithParam<std::string> {
 protected:
  Ended Run(std::vector<std::string> flags) {
    flags.insert(flags.begin(), getenv("INTEROP_CLIENT"));
    flags.push_back(absl::StrCat("--transport=", GetParam()));
    Ended ended;
    auto program = Subprocess::Start(flags, Subprocess::Stderr::kWithStdout);
    EXPECT_TRUE(program.ok()) << program.status();
    if (!program.ok()) return ended;
    const auto output = (*program)->ReadAll(absl::Seconds(20));
    EXPECT_TRUE(output.ok()) << output.status();
    ended.output = output.value_or("");
    ended.exit_code = (*program)->Wait(absl::Seconds(5)).value_or(-1);
    return ended;
  }

  Ended RunAgainst(const std::string& target,
                   const std::string& test_case = "empty_unary") {
    const size_t colon = target.find(':');
    return Run({absl::StrCat("--server_host=", target.substr(0, colon)),
                absl::StrCat("--server_port=", target.substr(colon + 1)),
                absl::StrCat("--test_case=", test_case),
                "--connect_timeout_ms=1000"});
  }
};

INSTANTIATE_TEST_SUITE_P(Transports, InteropClientTest,
                         ::testing::Values("loopy", "chttp2"),
                         [](const ::testing::TestParamInfo<std::string>& info) {
                           return info.param;
                         });

void ExpectOneLine(const Ended& ended) {
  EXPECT_THAT(ended.output, StartsWith("interop_client: "));
  EXPECT_EQ(std::count(ended.output.begin(), ended.output.end(), '\n'), 1)
      << ended.output;
}

TEST_P(InteropClientTest, PassesCase) {
  const auto server = GoServer::Start(GoServer::Security::kPlain);
  ASSERT_TRUE(server.ok()) << server.status();
  const Ended ended = RunAgainst((*server)->target());
  EXPECT_EQ(ended.exit_code, 0) << ended.output;
  ExpectOneLine(ended);
}

TEST_P(InteropClientTest, NamesTheCasesIfOneIsUnknown) {
  const Ended ended = Run({"--server_port=1", "--test_case=nonsense"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.output,
              AllOf(HasSubstr("'nonsense'"), HasSubstr("large_unary")));
  ExpectOneLine(ended);
}

TEST_P(InteropClientTest, SaysThatNoServerListens) {
  const Ended ended = RunAgainst("127.0.0.1:1");
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.output, AllOf(HasSubstr("no connection to 127.0.0.1:1"),
                                  HasSubstr("Connection refused")));
  ExpectOneLine(ended);
}

TEST_P(InteropClientTest, SaysThatThePeerSpeaksNoHttp2) {
  RawPeer peer([](RawPeer::Connection* connection) {
    connection->Send("HTTP/1.1 400 Bad Request\r\n\r\n");
    connection->StayOpen();
  });
  const Ended ended = RunAgainst(peer.target());
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.output,
              HasSubstr(absl::StrCat("no connection to ", peer.target())));
  ExpectOneLine(ended);
}

TEST_P(InteropClientTest, SaysThatThePeerSaysNothing) {
  RawPeer peer([](RawPeer::Connection* connection) { connection->StayOpen(); });
  const Ended ended = RunAgainst(peer.target());
  EXPECT_EQ(ended.exit_code, 3);
  EXPECT_THAT(ended.output, HasSubstr("did not complete"));
  ExpectOneLine(ended);
}

}  // namespace
}  // namespace loopy
