#include "transport/releases/v1_83/one_message_filter.h"

#include <new>
#include <utility>

namespace loopy {
namespace {

OneMessageFilter::Call* CallOf(grpc_call_element* elem) {
  return static_cast<OneMessageFilter::Call*>(elem->call_data);
}

bool MustWait(const OneMessageFilter::Call& call,
              const grpc_transport_stream_op_batch& batch) {
  if (batch.send_message) return call.next != nullptr || !call.waiting.empty();
  return batch.send_trailing_metadata && !call.waiting.empty();
}

void Start(OneMessageFilter::Call* call,
           grpc_transport_stream_op_batch* batch) {
  if (batch->send_message) {
    call->next = std::exchange(batch->on_complete, &call->on_sent);
  }
  grpc_call_next_op(call->elem, batch);
}

void StartWaiting(void* arg, grpc_error_handle /*error*/) {
  auto* const call = static_cast<OneMessageFilter::Call*>(arg);
  grpc_transport_stream_op_batch* const batch = call->waiting.front();
  call->waiting.erase(call->waiting.begin());
  if (!call->waiting.empty()) {
    GRPC_CALL_COMBINER_START(call->combiner, &call->start_waiting,
                             absl::OkStatus(), "the end follows its message");
  }
  Start(call, batch);
}

void OnSent(void* arg, grpc_error_handle error) {
  auto* const call = static_cast<OneMessageFilter::Call*>(arg);
  grpc_closure* const next = std::exchange(call->next, nullptr);
  if (!call->waiting.empty()) {
    GRPC_CALL_COMBINER_START(call->combiner, &call->start_waiting,
                             absl::OkStatus(), "the message before is sent");
  }
  grpc_core::Closure::Run(DEBUG_LOCATION, next, error);
}

}  // namespace

OneMessageFilter::Call::Call(grpc_call_element* elem,
                             grpc_core::CallCombiner* combiner)
    : elem(elem), combiner(combiner) {
  GRPC_CLOSURE_INIT(&on_sent, OnSent, this, nullptr);
  GRPC_CLOSURE_INIT(&start_waiting, StartWaiting, this, nullptr);
}

void OneMessageFilter::StartBatch(grpc_call_element* elem,
                                  grpc_transport_stream_op_batch* batch) {
  Call* const call = CallOf(elem);
  if (MustWait(*call, *batch)) {
    call->waiting.push_back(batch);
    GRPC_CALL_COMBINER_STOP(call->combiner, "a message waits for another");
    return;
  }
  Start(call, batch);
}

grpc_error_handle OneMessageFilter::InitCall(
    grpc_call_element* elem, const grpc_call_element_args* args) {
  new (elem->call_data) Call(elem, args->call_combiner);
  return absl::OkStatus();
}

void OneMessageFilter::DestroyCall(grpc_call_element* elem,
                                   const grpc_call_final_info* /*info*/,
                                   grpc_closure* /*then*/) {
  CallOf(elem)->~Call();
}

}  // namespace loopy
