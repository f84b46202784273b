// TLS, and mutual TLS: the credentials are gRPC's, and so is all of TLS. The
// transport gets what is decrypted.
//
//   tls FOLDER    (with ca.pem, server.pem, server.key, client.pem, client.key)

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/echo_server.h"
#include "transport/loopy.h"

namespace {

std::string ReadFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A server that asks for a certificate of `clients` if that is not empty.
std::shared_ptr<grpc::ServerCredentials> ServerCredentials(
    const std::string& folder, const std::string& clients) {
  grpc::SslServerCredentialsOptions options(
      clients.empty()
          ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
          : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = clients;
  options.pem_key_cert_pairs.push_back(
      {ReadFile(folder + "/server.key"), ReadFile(folder + "/server.pem")});
  return grpc::SslServerCredentials(options);
}

void Call(const char* what, const std::string& target,
          const grpc::SslCredentialsOptions& options) {
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const auto stub = examples::Echo::NewStub(
      grpc::CreateCustomChannel(target, grpc::SslCredentials(options), args));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(10));
  examples::Request request;
  examples::Reply reply;
  const grpc::Status status = stub->Say(&context, request, &reply);
  std::printf("%s: %s, user agent %s\n", what,
              status.ok() ? "OK" : status.error_message().c_str(),
              reply.user_agent().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string folder = argv[1];
  const std::string ca = ReadFile(folder + "/ca.pem");
  loopy::RegisterTransport();

  examples::EchoServer::Options server_options;
  server_options.credentials = ServerCredentials(folder, "");
  const examples::EchoServer server(server_options);
  server_options.credentials = ServerCredentials(folder, ca);
  const examples::EchoServer strict_server(server_options);

  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ca;
  Call("TLS", server.target(), options);
  Call("mutual TLS, no certificate", strict_server.target(), options);
  options.pem_private_key = ReadFile(folder + "/client.key");
  options.pem_cert_chain = ReadFile(folder + "/client.pem");
  Call("mutual TLS", strict_server.target(), options);
  return 0;
}
