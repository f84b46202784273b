#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_ONE_MESSAGE_FILTER_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_ONE_MESSAGE_FILTER_H_

#include "absl/container/inlined_vector.h"
#include "src/core/lib/channel/channel_stack.h"
#include "src/core/lib/iomgr/call_combiner.h"
#include "src/core/lib/iomgr/closure.h"
#include "src/core/lib/transport/transport.h"
#include "transport/adapter/call/call_filter.h"

namespace loopy {

// A filter at the top of a connection's channel stack. It keeps a call's
// message back until the message before has been completed.
//
// gRPC's own filters rely on that order, and gRPC's retry code breaks it. It
// sends a call's messages once more, and gives the call's next batches to the
// stack directly as soon as the peer has begun to answer, even if a message is
// still on its way (MaybeSwitchToFastPath). gRPC's filters then abort the
// process ("ILLEGAL STATE: FORWARDED_BATCH"), whatever the transport.
//
// The functions are those of a grpc_channel_filter. gRPC calls them, and the
// closures of batches, in the call's CallCombiner.
struct OneMessageFilter : CallFilter {
  // The filter's data of a call.
  struct Call {
    Call(grpc_call_element* elem, grpc_core::CallCombiner* combiner);

    grpc_call_element* const elem;
    grpc_core::CallCombiner* const combiner;
    grpc_closure on_sent;
    grpc_closure start_waiting;
    // gRPC's closure, for which on_sent stands in while a message is sent.
    grpc_closure* next = nullptr;
    // A message, and the end of the requests.
    absl::InlinedVector<grpc_transport_stream_op_batch*, 2> waiting;
  };

  static void StartBatch(grpc_call_element* elem,
                         grpc_transport_stream_op_batch* batch);
  static grpc_error_handle InitCall(grpc_call_element* elem,
                                    const grpc_call_element_args* args);
  static void DestroyCall(grpc_call_element* elem,
                          const grpc_call_final_info* info, grpc_closure* then);
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_ONE_MESSAGE_FILTER_H_
