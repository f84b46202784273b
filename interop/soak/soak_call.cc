#include "interop/soak/soak_call.h"

#include <chrono>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace loopy {
namespace interop {
namespace {

using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

// A service is asked to fail with this code, which no transport makes.
constexpr grpc::StatusCode kWantedError = grpc::StatusCode::ABORTED;

// Returns a random value whose logarithm is uniform: small ones are as likely
// as large ones.
double LogUniform(double least, double most, std::mt19937_64* random) {
  return std::exp(std::uniform_real_distribution<double>(
      std::log(least), std::log(most))(*random));
}

bool Chance(double probability, std::mt19937_64* random) {
  return std::bernoulli_distribution(probability)(*random);
}

size_t RandomSize(std::mt19937_64* random) {
  return static_cast<size_t>(LogUniform(1, 1 << 20, random)) - 1;
}

}  // namespace

SoakCall::SoakCall(uint64_t id, std::mt19937_64* random)
    : id_(id), kind_(static_cast<Kind>(id % 4)) {
  deadline_ = absl::Milliseconds(LogUniform(5, 3000, random));
  if (Chance(0.15, random)) {
    cancel_after_ = absl::Milliseconds(
        LogUniform(0.1, absl::ToDoubleMilliseconds(deadline_), random));
  }
  request_bytes_ = RandomSize(random);
  response_bytes_ = static_cast<int32_t>(RandomSize(random));
  messages_ = 1 + static_cast<int>(LogUniform(1, 11, random));
  if (Chance(0.3, random)) {
    pause_us_ = static_cast<int32_t>(LogUniform(100, 100000, random));
  }
  fails_ = Chance(0.05, random);
}

absl::string_view SoakCall::method() const {
  switch (kind_) {
    case Kind::kUnary:
      return "UnaryCall";
    case Kind::kUpload:
      return "StreamingInputCall";
    case Kind::kPingPong:
      return "FullDuplexCall";
    case Kind::kDownload:
      return "StreamingOutputCall";
  }
  return "";
}

void SoakCall::Prepare(grpc::ClientContext* context) const {
  context->AddMetadata("soak-id", absl::StrCat(id_));
  context->set_deadline(std::chrono::system_clock::now() +
                        absl::ToChronoMicroseconds(deadline_));
}

grpc::Status SoakCall::Run(TestService::Stub* stub,
                           grpc::ClientContext* context) const {
  switch (kind_) {
    case Kind::kUnary:
      return RunUnary(stub, context);
    case Kind::kUpload:
      return RunUpload(stub, context);
    case Kind::kPingPong:
      return RunPingPong(stub, context);
    case Kind::kDownload:
      return RunDownload(stub, context);
  }
  return grpc::Status::OK;
}

grpc::Status SoakCall::RunUnary(TestService::Stub* stub,
                                grpc::ClientContext* context) const {
  grpc::testing::SimpleRequest request;
  request.mutable_payload()->set_body(std::string(request_bytes_, 'u'));
  request.set_response_size(response_bytes_);
  if (fails_) request.mutable_response_status()->set_code(kWantedError);
  grpc::testing::SimpleResponse response;
  return stub->UnaryCall(context, request, &response);
}

grpc::Status SoakCall::RunUpload(TestService::Stub* stub,
                                 grpc::ClientContext* context) const {
  StreamingInputCallRequest request;
  request.mutable_payload()->set_body(std::string(request_bytes_, 'u'));
  StreamingInputCallResponse response;
  const auto call = stub->StreamingInputCall(context, &response);
  for (int i = 0; i < messages_ && call->Write(request); ++i) {
  }
  call->WritesDone();
  return call->Finish();
}

grpc::Status SoakCall::RunPingPong(TestService::Stub* stub,
                                   grpc::ClientContext* context) const {
  StreamingOutputCallRequest request;
  request.mutable_payload()->set_body(std::string(request_bytes_, 'u'));
  AddResponse(&request);
  StreamingOutputCallResponse response;
  const auto call = stub->FullDuplexCall(context);
  for (int i = 0; i < messages_; ++i) {
    // The service ends the call while the client may still send.
    if (fails_ && i + 1 == messages_) {
      request.mutable_response_status()->set_code(kWantedError);
    }
    if (!call->Write(request) || !call->Read(&response)) break;
  }
  call->WritesDone();
  while (call->Read(&response)) {
  }
  return call->Finish();
}

grpc::Status SoakCall::RunDownload(TestService::Stub* stub,
                                   grpc::ClientContext* context) const {
  StreamingOutputCallRequest request;
  for (int i = 0; i < messages_; ++i) AddResponse(&request);
  StreamingOutputCallResponse response;
  const auto call = stub->StreamingOutputCall(context, request);
  while (call->Read(&response)) {
  }
  return call->Finish();
}

void SoakCall::AddResponse(StreamingOutputCallRequest* request) const {
  auto* response = request->add_response_parameters();
  response->set_size(response_bytes_);
  response->set_interval_us(pause_us_);
}

bool SoakCall::Expects(const grpc::Status& status) const {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return true;
    case grpc::StatusCode::CANCELLED:
      return cancel_after_ != absl::InfiniteDuration();
    case kWantedError:
      return fails_;
    default:
      return false;
  }
}

std::string SoakCall::ServiceConfigJson(bool retries) {
  constexpr absl::string_view kRetries = R"(, "methodConfig": [{
      "name": [{"service": "grpc.testing.TestService",
                "method": "StreamingOutputCall"}],
      "retryPolicy": {
        "maxAttempts": 5, "initialBackoff": "0.01s", "maxBackoff": "0.1s",
        "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]
      }
    }])";
  return absl::StrCat(R"({"loadBalancingConfig": [{"round_robin": {}}])",
                      retries ? kRetries : "", "}");
}

bool SoakCall::Answered(const grpc::ClientContext& context) {
  return context.GetServerInitialMetadata().count("soak-answered") > 0;
}

}  // namespace interop
}  // namespace loopy
