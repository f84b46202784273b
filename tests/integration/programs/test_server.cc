#include "tests/integration/programs/test_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace loopy {
namespace {

using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;

void EchoMetadata(grpc::ServerContext* context) {
  for (const auto& field : context->client_metadata()) {
    const std::string name(field.first.data(), field.first.size());
    const std::string value(field.second.data(), field.second.size());
    if (name == "user-agent") {
      context->AddTrailingMetadata("seen-user-agent", value);
    } else if (absl::StartsWith(name, "echo-")) {
      context->AddInitialMetadata(name, value);
      context->AddTrailingMetadata(name, value);
    }
  }
}

grpc::Status StatusOf(const grpc::testing::EchoStatus& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      status.message());
}

}  // namespace

TestServer::TestServer(Options options)
    : unary_(std::move(options.unary)),
      failing_input_streams_(options.failing_input_streams) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options.address, options.credentials, &port_);
  for (const auto& argument : options.arguments) {
    builder.AddChannelArgument(argument.first, argument.second);
  }
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  EXPECT_NE(server_, nullptr) << "cannot listen on " << options.address;
  absl::string_view host = options.address;
  target_ = absl::ConsumeSuffix(&host, ":0") ? absl::StrCat(host, ":", port_)
                                             : options.address;
}

TestServer::~TestServer() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
}

void TestServer::SetServing(const std::string& service, bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(service, serving);
}

grpc::Status TestServer::EchoUnary(grpc::ServerContext* context,
                                   const SimpleRequest& request,
                                   SimpleResponse* response) {
  EchoMetadata(context);
  *response->mutable_payload() = request.payload();
  return StatusOf(request.response_status());
}

grpc::Status TestServer::EmptyCall(grpc::ServerContext* context,
                                   const Empty* /*request*/,
                                   Empty* /*response*/) {
  EchoMetadata(context);
  return grpc::Status::OK;
}

grpc::Status TestServer::UnaryCall(grpc::ServerContext* context,
                                   const SimpleRequest* request,
                                   SimpleResponse* response) {
  ++unary_calls_;
  return unary_ ? unary_(context, *request, response)
                : EchoUnary(context, *request, response);
}

grpc::Status TestServer::StreamingOutputCall(
    grpc::ServerContext* context, const StreamingOutputCallRequest* request,
    grpc::ServerWriter<StreamingOutputCallResponse>* writer) {
  EchoMetadata(context);
  for (const auto& parameters : request->response_parameters()) {
    StreamingOutputCallResponse response;
    response.mutable_payload()->set_body(std::string(parameters.size(), 's'));
    if (!writer->Write(response)) return grpc::Status::CANCELLED;
  }
  return StatusOf(request->response_status());
}

grpc::Status TestServer::StreamingInputCall(
    grpc::ServerContext* context,
    grpc::ServerReader<grpc::testing::StreamingInputCallRequest>* reader,
    grpc::testing::StreamingInputCallResponse* response) {
  EchoMetadata(context);
  grpc::testing::StreamingInputCallRequest request;
  size_t size = 0;
  while (reader->Read(&request)) size += request.payload().body().size();
  if (failing_input_streams_-- > 0) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "not yet");
  }
  response->set_aggregated_payload_size(static_cast<int>(size));
  return grpc::Status::OK;
}

grpc::Status TestServer::FullDuplexCall(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<StreamingOutputCallResponse,
                             StreamingOutputCallRequest>* stream) {
  EchoMetadata(context);
  StreamingOutputCallRequest request;
  while (stream->Read(&request)) {
    StreamingOutputCallResponse response;
    *response.mutable_payload() = request.payload();
    stream->Write(response);
  }
  return grpc::Status::OK;
}

}  // namespace loopy
