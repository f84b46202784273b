#ifndef LOOPY_TRANSPORT_CORE_GLUE_GENERATION_H_
#define LOOPY_TRANSPORT_CORE_GLUE_GENERATION_H_

// What the generations of gRPC name, or do, differently, under one name: where
// their headers are, and the few calls whose arguments changed. Each generation
// has a header of the same content; this one chooses.
//
// What differs by more than that is declared once and defined by each
// generation: core_glue/handshake.h, core_glue/transport_clock.h,
// FinishConnecting in core_glue/connection_attempt.h.

#include <grpcpp/version_info.h>

#if GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51
#include "transport/core_glue/v1_51/generation.h"  // IWYU pragma: export
#elif GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 83
#include "transport/core_glue/v1_83/generation.h"  // IWYU pragma: export
#else
#error "grpc-loopy is for gRPC 1.51.1 and 1.83.0"
#endif

#endif  // LOOPY_TRANSPORT_CORE_GLUE_GENERATION_H_
