// libloopy_preload.so under a program that is linked with gRPC C++ only.

#include <glob.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/support/channel_factory.h"
#include "tests/support/go_server.h"
#include "tests/support/subprocess.h"

namespace loopy {
namespace {

using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// With the trace flag loopy_connection, loopy prints this for each connection.
constexpr char kTraceLine[] = "loopy: connection to ipv4:127.0.0.1:";

// The absolute path of a runfile that Bazel put into an environment variable.
std::string Runfile(const char* variable) {
  const char* const relative = getenv(variable);
  if (relative == nullptr) return "";
  const std::unique_ptr<char, void (*)(void*)> absolute(
      realpath(relative, nullptr), free);
  return absolute == nullptr ? "" : absolute.get();
}

class PreloadTest : public ::testing::Test {
 protected:
  void SetUp() override { StartServer(GoServer::Security::kPlain); }

  void StartServer(GoServer::Security security) {
    auto server = GoServer::Start(security);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // Runs the stock program; its calls have to succeed. Gives its output.
  std::string RunStockClient(std::map<std::string, std::string> environment,
                             const std::vector<std::string>& arguments = {}) {
    environment["GRPC_VERBOSITY"] = "info";
    environment["GRPC_TRACE"] = "loopy_connection";
    std::vector<std::string> argv = interpreter_;
    argv.push_back(Runfile(program_));
    argv.push_back(server_->target());
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    auto program =
        Subprocess::Start(argv, Subprocess::Stderr::kWithStdout, environment);
    EXPECT_TRUE(program.ok()) << program.status();
    if (!program.ok()) return "";
    const auto output = (*program)->ReadAll(absl::Seconds(30));
    EXPECT_TRUE(output.ok()) << output.status();
    const auto exit_code = (*program)->Wait(absl::Seconds(10));
    EXPECT_TRUE(exit_code.ok()) << exit_code.status();
    EXPECT_EQ(exit_code.value_or(-1), 0) << output.value_or("");
    return output.value_or("");
  }

  // The GOAWAYs that the server got: loopy sends one, the built-in transport
  // none.
  int GoAwaysReceived() {
    const auto report = server_->control().AwaitClosed(absl::Seconds(5));
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return -1;
    int count = 0;
    for (const auto& connection : report->connections()) {
      count += connection.goaways_size();
    }
    return count;
  }

  std::map<std::string, std::string> Preload() {
    return {{"LD_PRELOAD", Runfile("LOOPY_PRELOAD")}};
  }

  // With the library: one connection, which loopy has.
  std::string RunOverLoopy(const std::vector<std::string>& arguments) {
    const std::string output = RunStockClient(Preload(), arguments);
    EXPECT_THAT(output, HasSubstr(kTraceLine));
    EXPECT_EQ(GoAwaysReceived(), 1);
    return output;
  }

  std::unique_ptr<GoServer> server_;
  std::vector<std::string> interpreter_;
  const char* program_ = "STOCK_CLIENT";
};

// Catches: an operator who cannot see whether the preload works.
TEST_F(PreloadTest, SaysAtItsStartWhatItDoes) {
  const std::string output =
      RunStockClient({{"LD_PRELOAD", Runfile("LOOPY_PRELOAD")},
                      {"LOOPY_VERBOSE", "1"},
                      {"LOOPY_IO_LOOP", "1"},
                      {"LOOPY_STATS", "0.001"},
                      {"LOOPY_KEEPALIVE_TIME_MS", "60000"}});
  EXPECT_THAT(output, HasSubstr("; client channels use it; the environment "
                                "sets LOOPY_IO_LOOP=1 "
                                "LOOPY_KEEPALIVE_TIME_MS=60000 "
                                "LOOPY_STATS=0.001"));
  EXPECT_THAT(output, ContainsRegex("loopy: ipv4:127.0.0.1:[0-9]+: [0-9]+ "
                                    "calls open, [0-9]+ ended; windows "));
}

// Catches: a timeline that is not written at the end of the process.
TEST_F(PreloadTest, WritesTheTimelineAtTheEnd) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/at_exit.");
  RunStockClient({{"LD_PRELOAD", Runfile("LOOPY_PRELOAD")},
                  {"LOOPY_TIMELINE", path + "%p"}});
  glob_t found;
  ASSERT_EQ(glob((path + "[0-9]*").c_str(), 0, nullptr, &found), 0);
  ASSERT_EQ(found.gl_pathc, 1u);
  std::stringstream text;
  text << std::ifstream(found.gl_pathv[0]).rdbuf();
  globfree(&found);
  EXPECT_THAT(text.str(), HasSubstr("/grpc.testing.TestService/UnaryCall"));
  EXPECT_THAT(text.str(), EndsWith("\n]\n"));
}

// Catches: a file that is in the way of calls, and one that nobody complains
// about, or too often.
TEST_F(PreloadTest, SaysThatTheTimelineCannotBeWritten) {
  const std::string output =
      RunStockClient({{"LD_PRELOAD", Runfile("LOOPY_PRELOAD")},
                      {"LOOPY_TIMELINE", "/no/such/folder/timeline"}});
  constexpr char kLine[] =
      "loopy: cannot write the timeline to /no/such/folder/timeline: No such "
      "file or directory";
  const size_t found = output.find(kLine);
  ASSERT_NE(found, std::string::npos) << output;
  EXPECT_EQ(output.find(kLine, found + 1), std::string::npos) << output;
}

// The program by itself: what the tests below look for is not there anyway.
TEST_F(PreloadTest, NothingPreloadedIsBuiltInTransport) {
  EXPECT_THAT(RunStockClient({}), Not(HasSubstr(kTraceLine)));
  EXPECT_EQ(GoAwaysReceived(), 0);
}

TEST_F(PreloadTest, CarriesCallsOfStockProgram) { RunOverLoopy({"unary"}); }

// Catches: an end without a response that does not say so, and with which
// gRPC's retries take what has come of the call for the response.
TEST_F(PreloadTest, CarriesRetriedCalls) {
  EXPECT_THAT(RunOverLoopy({"retry"}), HasSubstr("failed attempts: 2\n"));
}

// Catches: a message that is reported only when the stream ends.
TEST_F(PreloadTest, CarriesStreamingCalls) {
  EXPECT_THAT(RunOverLoopy({"streaming"}), HasSubstr("responses: 5\n"));
}

// Catches: windows that are not opened again for a message larger than they
// are.
TEST_F(PreloadTest, CarriesLargeMessages) { RunOverLoopy({"large"}); }

// Catches: a connection that leaves out the handshakers of the channel's
// credentials.
TEST_F(PreloadTest, CarriesCallsOverTls) {
  StartServer(GoServer::Security::kTls);
  const auto config = server_->ClientConfig(TransportKind::kChttp2);
  RunOverLoopy({"tls", config.ca_file, config.host_override});
}

// Catches: a transport that brings libgrpc, a second core, into a program that
// has libgrpc_unsecure.
TEST_F(PreloadTest, ServesLibgrpcUnsecureWithoutASecondCore) {
  program_ = "STOCK_CLIENT_UNSECURE";
  EXPECT_THAT(RunOverLoopy({"unary"}), HasSubstr("gRPC cores: 1\n"));
}

// libgrpc without libgrpc++, loaded by dlopen.
TEST_F(PreloadTest, ServesDebiansRuby) {
  constexpr char kRuby[] = "/usr/bin/ruby";
  if (access(kRuby, X_OK) != 0) {
    GTEST_SKIP() << "no Ruby here: ruby-grpc is Debian's package for gRPC 1.51";
  }
  interpreter_ = {kRuby};
  program_ = "STOCK_CLIENT_RUBY";
  EXPECT_THAT(RunOverLoopy({}), HasSubstr("calls: 2\n"));
}

TEST_F(PreloadTest, IsOffByEnvironment) {
  auto environment = Preload();
  environment["LOOPY_TRANSPORT"] = "0";
  EXPECT_THAT(RunStockClient(environment), Not(HasSubstr(kTraceLine)));
  EXPECT_EQ(GoAwaysReceived(), 0);
}

// A reset drops the registered builders. Fails if the library only registers
// one, and does not interpose what builds the configuration.
TEST_F(PreloadTest, SurvivesResetOfCoreConfiguration) {
  EXPECT_THAT(RunOverLoopy({"reset"}), HasSubstr("core configuration reset"));
}

}  // namespace
}  // namespace loopy
