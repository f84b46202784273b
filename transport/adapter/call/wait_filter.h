#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_WAIT_FILTER_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_WAIT_FILTER_H_

#include "src/core/lib/channel/channel_stack.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/transport/transport.h"
#include "transport/adapter/call/call_filter.h"
#include "transport/adapter/release.h"

namespace loopy {

// A filter at the top of a channel that uses this transport. It adds to the
// status of a call what the call waited for.
//
// When a call ends by its deadline or a cancel, gRPC's client channel and its
// other filters end the operations that they still have by themselves, with an
// error or with trailers, and never ask the transport for a status. The
// transport leaves its text in WaitTexts, and this filter puts it behind
// theirs.
//
// The functions are those of a grpc_channel_filter. The releases register it.
struct WaitFilter : CallFilter {
  // The filter's data of a call.
  struct Call {
    explicit Call(grpc_core::Arena* arena);

    grpc_core::Arena* const arena;
    grpc_closure on_trailers;
    grpc_metadata_batch* trailers = nullptr;
    grpc_closure* next = nullptr;  // gRPC's closure, for which ours stands in
  };

  static void StartBatch(grpc_call_element* elem,
                         grpc_transport_stream_op_batch* batch);
  static grpc_error_handle InitCall(grpc_call_element* elem,
                                    const grpc_call_element_args* args);
  static void DestroyCall(grpc_call_element* elem,
                          const grpc_call_final_info* info, grpc_closure* then);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_WAIT_FILTER_H_
