#include "transport/adapter/call/wait_filter.h"

#include <new>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "transport/adapter/call/wait_texts.h"

namespace loopy {
namespace {

WaitFilter::Call* CallOf(grpc_call_element* elem) {
  return static_cast<WaitFilter::Call*>(elem->call_data);
}

// Goes behind the text of a status. Programs match on what stands in front.
std::string Suffix(absl::string_view text) {
  return absl::StrCat("; loopy: ", text);
}

grpc_error_handle WithText(const grpc_error_handle& error,
                           absl::string_view text) {
  grpc_status_code code = GRPC_STATUS_UNKNOWN;
  std::string message;
  grpc_error_get_status(error, grpc_core::Timestamp::InfFuture(), &code,
                        &message, nullptr, nullptr);
  return MakeError(code, absl::StrCat(message, Suffix(text)));
}

// Unless the transport made these trailers, with its text.
void AddText(absl::string_view text, grpc_metadata_batch* trailers) {
  const auto* const old =
      trailers->get_pointer(grpc_core::GrpcMessageMetadata());
  const absl::string_view message =
      old == nullptr ? absl::string_view() : old->as_string_view();
  if (absl::EndsWith(message, text)) return;
  trailers->Set(
      grpc_core::GrpcMessageMetadata(),
      grpc_core::Slice::FromCopiedString(absl::StrCat(message, Suffix(text))));
}

void OnTrailers(void* arg, grpc_error_handle error) {
  auto* const call = static_cast<WaitFilter::Call*>(arg);
  const std::string text = WaitTexts::Get()->Take(call->arena);
  if (text.empty()) {
    // Most calls are not cancelled.
  } else if (!error.ok()) {
    error = WithText(error, text);
  } else {
    AddText(text, call->trailers);
  }
  grpc_core::Closure::Run(DEBUG_LOCATION, std::exchange(call->next, nullptr),
                          error);
}

}  // namespace

WaitFilter::Call::Call(grpc_core::Arena* arena) : arena(arena) {
  GRPC_CLOSURE_INIT(&on_trailers, OnTrailers, this, nullptr);
}

void WaitFilter::StartBatch(grpc_call_element* elem,
                            grpc_transport_stream_op_batch* batch) {
  if (batch->recv_trailing_metadata) {
    Call* const call = CallOf(elem);
    auto& op = batch->payload->recv_trailing_metadata;
    call->trailers = op.recv_trailing_metadata;
    call->next =
        std::exchange(op.recv_trailing_metadata_ready, &call->on_trailers);
  }
  grpc_call_next_op(elem, batch);
}

grpc_error_handle WaitFilter::InitCall(grpc_call_element* elem,
                                       const grpc_call_element_args* args) {
  new (elem->call_data) Call(args->arena);
  WaitTexts::Get()->Take(args->arena);  // of an earlier call
  return absl::OkStatus();
}

void WaitFilter::DestroyCall(grpc_call_element* elem,
                             const grpc_call_final_info* /*info*/,
                             grpc_closure* /*then*/) {
  WaitTexts::Get()->Take(CallOf(elem)->arena);
  CallOf(elem)->~Call();
}

}  // namespace loopy
