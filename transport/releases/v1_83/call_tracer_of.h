#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_CALL_TRACER_OF_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_CALL_TRACER_OF_H_

#include "src/core/lib/resource_quota/arena.h"
#include "src/core/telemetry/call_tracer.h"

namespace loopy {

// Returns the tracer of the current attempt of the call with that arena, or
// null. Arena::GetContext would not do: static data of gRPC's headers number an
// arena's contexts, and this library has a copy of its own of them, with other
// numbers (see adapter/core_cc.bzl). Threads: any.
grpc_core::CallTracer* CallTracerOf(grpc_core::Arena* arena);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_CALL_TRACER_OF_H_
