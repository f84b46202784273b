#include "transport/releases/v1_83/call_tracer_of.h"

#include <dlfcn.h>

#include <cstdint>

namespace loopy {
namespace {

// Stands for grpc_core::CallTracer in an arena's contexts. It has the number
// that libgrpc has given to that.
class NumberedByGrpc;

// If gRPC is linked statically, there is only our copy.
uint16_t NumberOfCallTracer() {
  // grpc_core::arena_detail::ArenaContextTraits<grpc_core::CallTracer>::id_
  const void* const number =
      dlsym(RTLD_DEFAULT,
            "_ZN9grpc_core12arena_detail18ArenaContextTraitsINS_10CallTracerEE"
            "3id_E");
  return number != nullptr ? *static_cast<const uint16_t*>(number)
                           : grpc_core::arena_detail::GetContextId<
                                 grpc_core::CallTracer>::id();
}

}  // namespace
}  // namespace loopy

template <>
struct grpc_core::arena_detail::GetContextId<loopy::NumberedByGrpc> {
  static uint16_t id() {
    static const uint16_t number = loopy::NumberOfCallTracer();
    return number;
  }
};

namespace loopy {

grpc_core::CallTracer* CallTracerOf(grpc_core::Arena* arena) {
  void* const tracer = arena->GetContext<NumberedByGrpc>();
  return static_cast<grpc_core::CallTracer*>(tracer);
}

}  // namespace loopy
