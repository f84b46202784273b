// Transport security, against grpc-go servers: TLS of both versions, mutual
// TLS, and certificates that are replaced while a channel lives; and local
// credentials.

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proto/grpc/testing/test.grpc.pb.h"
#include "tests/integration/programs/program_test.h"
#include "tests/integration/programs/test_server.h"
#include "tests/support/go_server.h"
#include "tests/support/test_ca.h"
#include "tools/cpp/runfiles/runfiles.h"

namespace loopy {
namespace {

using bazel::tools::cpp::runfiles::Runfiles;
using grpc::experimental::FileWatcherCertificateProvider;

// A file of the test certificates.
std::string PathOf(const std::string& name) {
  std::string error;
  const std::unique_ptr<Runfiles> runfiles(Runfiles::CreateForTest(&error));
  return runfiles->Rlocation(
      absl::StrCat("com_github_grpc_loopy/interop/go/testdata/", name));
}

std::string ContentsOf(const std::string& name) {
  std::ifstream file(PathOf(name), std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

class SecurityTest : public ProgramTest {
 protected:
  void StartServer(const std::vector<std::string>& flags = {}) {
    auto server = GoServer::Start(GoServer::Security::kTls, flags);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  // A channel to a server that is to have the certificate for `name`.
  std::shared_ptr<grpc::Channel> Connect(
      const std::string& target,
      const std::shared_ptr<grpc::ChannelCredentials>& credentials,
      const std::string& name = kTestServerName) const {
    grpc::ChannelArguments args = args_;
    args.SetSslTargetNameOverride(name);
    return grpc::CreateCustomChannel(target, credentials, args);
  }

  static std::shared_ptr<grpc::ChannelCredentials> ServerOnly() {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ContentsOf("ca.pem");
    return grpc::SslCredentials(options);
  }
  static std::shared_ptr<grpc::ChannelCredentials> WithClientCertificate() {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = ContentsOf("ca.pem");
    options.pem_private_key = ContentsOf("client.key");
    options.pem_cert_chain = ContentsOf("client.pem");
    return grpc::SslCredentials(options);
  }

  // The name that the server has seen in the client's certificate.
  static std::string NameSeen(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(InSeconds(20));
    grpc::testing::SimpleRequest request;
    request.set_fill_username(true);
    grpc::testing::SimpleResponse response;
    const grpc::Status status =
        grpc::testing::TestService::NewStub(channel)->UnaryCall(
            &context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.username();
  }

  std::unique_ptr<GoServer> server_;
};

TEST_P(SecurityTest, Tls12) {
  StartServer({"--tls_version=1.2"});
  const auto channel = Connect(server_->target(), ServerOnly());
  EXPECT_TRUE(Call(channel, std::string(1 << 20, 'x')).ok());
}

TEST_P(SecurityTest, Tls13) {
  StartServer({"--tls_version=1.3"});
  const auto channel = Connect(server_->target(), ServerOnly());
  EXPECT_TRUE(Call(channel, std::string(1 << 20, 'x')).ok());
}

TEST_P(SecurityTest, MutualTls) {
  for (const char* version : {"--tls_version=1.2", "--tls_version=1.3"}) {
    StartServer({"--require_client_certificate", version});
    EXPECT_EQ(NameSeen(Connect(server_->target(), WithClientCertificate())),
              "grpc-loopy test client")
        << version;
  }
}

// With TLS 1.3 the client's handshake is over before the server refuses it.
TEST_P(SecurityTest, AServerThatWantsACertificateRefusesAClientWithout) {
  for (const char* version : {"--tls_version=1.2", "--tls_version=1.3"}) {
    StartServer({"--require_client_certificate", version});
    const grpc::Status status = Call(Connect(server_->target(), ServerOnly()));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << version;
    EXPECT_FALSE(status.error_message().empty());
  }
}

TEST_P(SecurityTest, AServerWithAnotherNameIsNotTrusted) {
  StartServer();
  const grpc::Status status =
      Call(Connect(server_->target(), ServerOnly(), "foo.example"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_P(SecurityTest, AServerOfAnUnknownAuthorityIsNotTrusted) {
  StartServer();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ContentsOf("client.pem");
  const grpc::Status status =
      Call(Connect(server_->target(), grpc::SslCredentials(options)));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_P(SecurityTest, APlainClientOfATlsServerFails) {
  StartServer();
  const grpc::Status status = Call(NewChannel(server_->target()));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

// ---- Certificates in files, which are read again

class CertificateFiles {
 public:
  CertificateFiles() : folder_(::testing::TempDir() + "/certificatesXXXXXX") {
    EXPECT_NE(mkdtemp(&folder_[0]), nullptr);
  }

  // Replaces the file in one step, as FileWatcherCertificateProvider wants it.
  void Put(const std::string& name, const std::string& contents) const {
    const std::string scratch = absl::StrCat(folder_, "/scratch");
    std::ofstream(scratch, std::ios::binary) << contents;
    EXPECT_EQ(rename(scratch.c_str(), Path(name).c_str()), 0);
  }
  std::string Path(const std::string& name) const {
    return absl::StrCat(folder_, "/", name);
  }

 private:
  std::string folder_;
};

class WatchedCertificatesTest : public SecurityTest {
 protected:
  std::shared_ptr<grpc::ChannelCredentials> Watching() const {
    constexpr unsigned kRefreshSeconds = 1;
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_certificate_provider(
        std::make_shared<FileWatcherCertificateProvider>(
            files_.Path("key"), files_.Path("certificate"), files_.Path("ca"),
            kRefreshSeconds));
    options.watch_root_certs();
    options.watch_identity_key_cert_pairs();
    return grpc::experimental::TlsCredentials(options);
  }

  const CertificateFiles files_;
};

// The channel connects once the right root is there, and shows the certificate
// that is then in the files.
TEST_P(WatchedCertificatesTest, NewFilesAreForNewConnections) {
  StartServer({"--require_client_certificate"});
  files_.Put("ca", ContentsOf("client.pem"));
  files_.Put("key", ContentsOf("client.key"));
  files_.Put("certificate", ContentsOf("client.pem"));
  args_.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  args_.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  const auto channel = Connect(server_->target(), Watching());
  EXPECT_EQ(Call(channel).error_code(), grpc::StatusCode::UNAVAILABLE);
  files_.Put("ca", ContentsOf("ca.pem"));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(InSeconds(20));
  const grpc::Status status = Call(channel, "hello", &context);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(NameSeen(channel), "grpc-loopy test client");
}

// ---- Local credentials

TEST_P(SecurityTest, LocalCredentials) {
  TestServer::Options options;
  options.credentials = grpc::experimental::LocalServerCredentials(LOCAL_TCP);
  const TestServer server(options);
  ExpectWorks(NewChannel(server.target(),
                         grpc::experimental::LocalCredentials(LOCAL_TCP)));
}

TEST_P(SecurityTest, LocalCredentialsOnAUnixSocket) {
  TestServer::Options options;
  options.address = absl::StrCat("unix-abstract:loopy-local-", getpid(), "-",
                                 TransportName(GetParam()));
  options.credentials = grpc::experimental::LocalServerCredentials(UDS);
  const TestServer server(options);
  ExpectWorks(
      NewChannel(server.target(), grpc::experimental::LocalCredentials(UDS)));
}

// Credentials of calls go only over connections that keep them private.
TEST_P(SecurityTest, CallCredentialsReachTheServer) {
  std::string token;
  TestServer::Options options;
  options.credentials = grpc::SslServerCredentials([] {
    grpc::SslServerCredentialsOptions tls;
    tls.pem_key_cert_pairs.push_back(
        {ContentsOf("server.key"), ContentsOf("server.pem")});
    return tls;
  }());
  options.unary = [&token](grpc::ServerContext* context,
                           const grpc::testing::SimpleRequest& request,
                           grpc::testing::SimpleResponse* response) {
    const auto field = context->client_metadata().find("authorization");
    if (field != context->client_metadata().end()) {
      token.assign(field->second.data(), field->second.size());
    }
    return TestServer::EchoUnary(context, request, response);
  };
  const TestServer server(options);
  grpc::ClientContext context;
  context.set_credentials(grpc::AccessTokenCredentials("secret"));
  const grpc::Status status =
      Call(Connect(server.target(), ServerOnly()), "hello", &context);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(token, "Bearer secret");
}

LOOPY_OVER_BOTH_TRANSPORTS(SecurityTest);
LOOPY_OVER_BOTH_TRANSPORTS(WatchedCertificatesTest);

}  // namespace
}  // namespace loopy
