#include "examples/echo/echo_server.h"

#include <grpcpp/health_check_service_interface.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>

namespace examples {
namespace {

std::string UserAgent(const grpc::ServerContext& context) {
  const auto field = context.client_metadata().find("user-agent");
  if (field == context.client_metadata().end()) return "";
  return std::string(field->second.data(), field->second.size());
}

}  // namespace

grpc::Status EchoService::Say(grpc::ServerContext* context,
                              const Request* request, Reply* reply) {
  if (calls_++ < failing_calls_) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "not yet");
  }
  reply->set_body(request->body());
  reply->set_user_agent(UserAgent(*context));
  return grpc::Status::OK;
}

grpc::Status EchoService::Upload(grpc::ServerContext* /*context*/,
                                 grpc::ServerReader<Request>* reader,
                                 Reply* reply) {
  int64_t size = 0;
  Request request;
  while (reader->Read(&request)) {
    size += static_cast<int64_t>(request.body().size());
  }
  reply->set_size(size);
  return grpc::Status::OK;
}

grpc::Status EchoService::Chat(
    grpc::ServerContext* /*context*/,
    grpc::ServerReaderWriter<Reply, Request>* stream) {
  Request request;
  while (stream->Read(&request)) {
    Reply reply;
    reply.set_body(request.body());
    if (!stream->Write(reply)) break;
  }
  return grpc::Status::OK;
}

EchoServer::EchoServer(const Options& options)
    : service_(options.failing_calls) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.address, options.credentials, &port);
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) std::abort();  // gRPC's log says why
  const bool has_port = options.address.find("unix") != 0;
  target_ = has_port ? "127.0.0.1:" + std::to_string(port) : options.address;
}

EchoServer::~EchoServer() {
  server_->Shutdown(std::chrono::system_clock::now());
}

void EchoServer::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(Echo::service_full_name(),
                                                     serving);
}

}  // namespace examples
