#include "interop/conformance/client/suite_call.h"

#include <grpc/compression.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <type_traits>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "connectrpc/conformance/v1/service.grpc.pb.h"

namespace loopy {
namespace conformance {
namespace {

namespace v1 = ::connectrpc::conformance::v1;
using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

absl::string_view View(grpc::string_ref text) {
  return absl::string_view(text.data(), text.size());
}

// Encodes binary values as the suite does, in base64 without padding.
std::string HeaderValue(absl::string_view name, absl::string_view value) {
  if (!absl::EndsWith(name, "-bin")) return std::string(value);
  std::string encoded = absl::Base64Escape(value);
  encoded.erase(encoded.find_last_not_of('=') + 1);
  return encoded;
}

void CopyMetadata(const Metadata& metadata,
                  google::protobuf::RepeatedPtrField<v1::Header>* headers) {
  v1::Header* header = nullptr;
  for (const auto& [key, value] : metadata) {
    const absl::string_view name = View(key);
    if (header == nullptr || header->name() != name) {
      header = headers->Add();
      header->set_name(std::string(name));
    }
    header->add_value(HeaderValue(name, View(value)));
  }
}

// Cancels a call at a given time, and at the latest after a bound. It has a
// thread of its own, since the calls block theirs. The context must outlive it.
class CallTimer {
 public:
  CallTimer(grpc::ClientContext* context, absl::Duration bound);
  ~CallTimer();
  CallTimer(const CallTimer&) = delete;
  CallTimer& operator=(const CallTimer&) = delete;

  // May be called once.
  void CancelAfter(absl::Duration delay);

  // Returns whether the timer cancelled the call because of the bound.
  bool HasExpired() const;

 private:
  void Run();

  grpc::ClientContext* const context_;
  const absl::Time bound_;
  mutable absl::Mutex mu_;
  absl::Time cancel_at_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();
  bool changed_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  bool expired_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

CallTimer::CallTimer(grpc::ClientContext* context, absl::Duration bound)
    : context_(context),
      bound_(absl::Now() + bound),
      thread_([this] { Run(); }) {}

CallTimer::~CallTimer() {
  {
    absl::MutexLock lock(&mu_);
    ended_ = true;
  }
  thread_.join();
}

void CallTimer::CancelAfter(absl::Duration delay) {
  absl::MutexLock lock(&mu_);
  cancel_at_ = absl::Now() + delay;
  changed_ = true;
}

bool CallTimer::HasExpired() const {
  absl::MutexLock lock(&mu_);
  return expired_;
}

void CallTimer::Run() {
  const auto changed = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return changed_ || ended_;
  };
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      changed_ = false;
      const absl::Time next = std::min(cancel_at_, bound_);
      const bool woken = mu_.AwaitWithDeadline(absl::Condition(&changed), next);
      if (ended_) return;
      if (woken) continue;
      expired_ = next == bound_;
      cancel_at_ = absl::InfiniteFuture();
      if (expired_) ended_ = true;
    }
    context_->TryCancel();
  }
}

// Makes one call: sends, receives and cancels as the suite's request says.
class SuiteCall {
 public:
  SuiteCall(const v1::ClientCompatRequest& request, absl::Duration bound)
      : request_(request), timer_(&context_, bound) {
    for (const v1::Header& header : request.request_headers()) {
      const std::string name = absl::AsciiStrToLower(header.name());
      for (const std::string& value : header.value()) {
        context_.AddMetadata(name, value);
      }
    }
    if (request.compression() == v1::COMPRESSION_GZIP) {
      context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    } else if (request.compression() == v1::COMPRESSION_DEFLATE) {
      context_.set_compression_algorithm(GRPC_COMPRESS_DEFLATE);
    }
    if (request.has_timeout_ms()) {
      // gRPC rounds what it sends as grpc-timeout up, by one part in a hundred
      // at most. The suite accepts less than it asked for, but no more.
      context_.set_deadline(
          std::chrono::system_clock::now() +
          std::chrono::milliseconds(request.timeout_ms() * 99 / 100));
    }
  }

  absl::StatusOr<v1::ClientResponseResult> Run(
      v1::ConformanceService::Stub* stub);

 private:
  using Service = v1::ConformanceService;

  template <typename Request, typename Response>
  absl::Status Unary(Service::Stub* stub,
                     grpc::Status (Service::Stub::*method)(grpc::ClientContext*,
                                                           const Request&,
                                                           Response*));
  absl::Status ServerStream(Service::Stub* stub);
  absl::Status ClientStream(Service::Stub* stub);
  absl::Status BidiStream(Service::Stub* stub);

  // Sends all requests, each after its delay, and then the end. Returns false
  // if one could not be sent; result_ then says how many were not.
  template <typename Request, typename Stream, typename AfterSend>
  absl::StatusOr<bool> SendAll(Stream* stream, AfterSend after_send);
  // Receives a response and keeps it.
  template <typename Response, typename Stream>
  bool Receive(Stream* stream);
  template <typename Request>
  absl::StatusOr<Request> Message(int index) const;

  void CancelBeforeEnd() {
    if (request_.cancel().has_before_close_send()) context_.TryCancel();
  }
  void CancelAfterEnd() {
    if (request_.cancel().has_after_close_send_ms()) {
      timer_.CancelAfter(
          absl::Milliseconds(request_.cancel().after_close_send_ms()));
    }
  }
  // Keeps what the application sees at the end.
  void Finish(const grpc::Status& status);

  const v1::ClientCompatRequest& request_;
  grpc::ClientContext context_;
  CallTimer timer_;
  v1::ClientResponseResult result_;
};

template <typename Request>
absl::StatusOr<Request> SuiteCall::Message(int index) const {
  Request message;
  if (index >= request_.request_messages_size() ||
      !request_.request_messages(index).UnpackTo(&message)) {
    return absl::InvalidArgumentError(
        absl::StrCat("request ", index, " is no ", message.GetTypeName()));
  }
  return message;
}

void SuiteCall::Finish(const grpc::Status& status) {
  CopyMetadata(context_.GetServerInitialMetadata(),
               result_.mutable_response_headers());
  CopyMetadata(context_.GetServerTrailingMetadata(),
               result_.mutable_response_trailers());
  if (status.ok()) return;
  v1::Error* error = result_.mutable_error();
  // google.rpc.Status has the fields of v1.Error, under the same numbers.
  if (!error->ParseFromString(status.error_details())) error->Clear();
  error->set_code(static_cast<v1::Code>(status.error_code()));
  error->set_message(status.error_message());
}

template <typename Request, typename Response>
absl::Status SuiteCall::Unary(
    Service::Stub* stub,
    grpc::Status (Service::Stub::*method)(grpc::ClientContext*, const Request&,
                                          Response*)) {
  const auto message = Message<Request>(0);
  if (!message.ok()) return message.status();
  Response response;
  CancelAfterEnd();
  const grpc::Status status = (stub->*method)(&context_, *message, &response);
  Finish(status);
  if constexpr (!std::is_same_v<Response, v1::UnimplementedResponse>) {
    if (status.ok()) *result_.add_payloads() = response.payload();
  }
  return absl::OkStatus();
}

template <typename Response, typename Stream>
bool SuiteCall::Receive(Stream* stream) {
  Response response;
  if (!stream->Read(&response)) return false;
  *result_.add_payloads() = response.payload();
  const auto& cancel = request_.cancel();
  if (cancel.has_after_num_responses() &&
      result_.payloads_size() ==
          static_cast<int>(cancel.after_num_responses())) {
    context_.TryCancel();
  }
  return true;
}

template <typename Request, typename Stream, typename AfterSend>
absl::StatusOr<bool> SuiteCall::SendAll(Stream* stream, AfterSend after_send) {
  const int count = request_.request_messages_size();
  for (int i = 0; i < count; ++i) {
    const auto message = Message<Request>(i);
    if (!message.ok()) {
      context_.TryCancel();
      return message.status();
    }
    absl::SleepFor(absl::Milliseconds(request_.request_delay_ms()));
    if (!stream->Write(*message)) {
      result_.set_num_unsent_requests(count - i);
      return false;
    }
    if (!after_send()) {
      result_.set_num_unsent_requests(count - i - 1);
      return false;
    }
  }
  CancelBeforeEnd();
  stream->WritesDone();
  CancelAfterEnd();
  return true;
}

absl::Status SuiteCall::ServerStream(Service::Stub* stub) {
  const auto message = Message<v1::ServerStreamRequest>(0);
  if (!message.ok()) return message.status();
  const auto stream = stub->ServerStream(&context_, *message);
  CancelAfterEnd();
  while (Receive<v1::ServerStreamResponse>(stream.get())) {
  }
  Finish(stream->Finish());
  return absl::OkStatus();
}

absl::Status SuiteCall::ClientStream(Service::Stub* stub) {
  v1::ClientStreamResponse response;
  const auto stream = stub->ClientStream(&context_, &response);
  const auto sent =
      SendAll<v1::ClientStreamRequest>(stream.get(), [] { return true; });
  const grpc::Status status = stream->Finish();
  if (!sent.ok()) return sent.status();
  Finish(status);
  if (status.ok()) *result_.add_payloads() = response.payload();
  return absl::OkStatus();
}

absl::Status SuiteCall::BidiStream(Service::Stub* stub) {
  const auto stream = stub->BidiStream(&context_);
  const bool full_duplex =
      request_.stream_type() == v1::STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM;
  const auto receive = [this, &stream] {
    return Receive<v1::BidiStreamResponse>(stream.get());
  };
  const auto sent = SendAll<v1::BidiStreamRequest>(
      stream.get(), [&] { return !full_duplex || receive(); });
  while (receive()) {
  }
  const grpc::Status status = stream->Finish();
  if (!sent.ok()) return sent.status();
  Finish(status);
  return absl::OkStatus();
}

absl::StatusOr<v1::ClientResponseResult> SuiteCall::Run(Service::Stub* stub) {
  absl::Status made =
      absl::UnimplementedError(absl::StrCat("no method ", request_.method()));
  if (request_.method() == "Unary") {
    made = Unary(stub, &Service::Stub::Unary);
  } else if (request_.method() == "Unimplemented") {
    made = Unary(stub, &Service::Stub::Unimplemented);
  } else if (request_.method() == "ServerStream") {
    made = ServerStream(stub);
  } else if (request_.method() == "ClientStream") {
    made = ClientStream(stub);
  } else if (request_.method() == "BidiStream") {
    made = BidiStream(stub);
  }
  if (!made.ok()) return made;
  if (timer_.HasExpired()) {
    return absl::DeadlineExceededError("the call did not end");
  }
  return result_;
}

}  // namespace

v1::ClientCompatResponse MakeCall(const v1::ClientCompatRequest& request,
                                  const std::shared_ptr<grpc::Channel>& channel,
                                  absl::Duration bound) {
  const auto stub = v1::ConformanceService::NewStub(channel);
  const auto result = SuiteCall(request, bound).Run(stub.get());
  v1::ClientCompatResponse response;
  response.set_test_name(request.test_name());
  if (result.ok()) {
    *response.mutable_response() = *result;
  } else {
    response.mutable_error()->set_message(
        std::string(result.status().message()));
  }
  return response;
}

}  // namespace conformance
}  // namespace loopy
