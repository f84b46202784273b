#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_CALL_TRACER_OF_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_CALL_TRACER_OF_H_

#include "src/core/lib/resource_quota/arena.h"
#include "src/core/telemetry/call_tracer.h"

namespace loopy {

// The tracer of the attempt that a call with that arena makes now, or null.
// Instead of Arena::GetContext: an arena's contexts are numbered by static data
// of gRPC's headers, of which this library has a copy of its own (see
// core_cc.bzl), with other numbers. Any thread.
grpc_core::CallTracer* CallTracerOf(grpc_core::Arena* arena);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_CALL_TRACER_OF_H_
