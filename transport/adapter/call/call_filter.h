#ifndef LOOPY_TRANSPORT_ADAPTER_CALL_CALL_FILTER_H_
#define LOOPY_TRANSPORT_ADAPTER_CALL_CALL_FILTER_H_

#include "src/core/lib/channel/channel_stack.h"
#include "transport/adapter/release.h"

namespace loopy {

// The base of filters that keep something of each call, and nothing of a
// channel. It has the functions of a grpc_channel_filter for the latter.
struct CallFilter {
  static grpc_error_handle InitChannel(grpc_channel_element* /*elem*/,
                                       grpc_channel_element_args* /*args*/) {
    return absl::OkStatus();
  }
  static void DestroyChannel(grpc_channel_element* /*elem*/) {}
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_ADAPTER_CALL_CALL_FILTER_H_
