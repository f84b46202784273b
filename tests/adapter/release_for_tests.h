#ifndef LOOPY_TESTS_ADAPTER_RELEASE_FOR_TESTS_H_
#define LOOPY_TESTS_ADAPTER_RELEASE_FOR_TESTS_H_

// The interface to a release of gRPC that only tests need, as
// transport/adapter/release.h is to what the transport needs.

#include <grpcpp/version_info.h>

#if GRPC_CPP_VERSION_MINOR == 51
#include "tests/releases/v1_51/release_for_tests.h"  // IWYU pragma: export
#else
#include "tests/releases/v1_83/release_for_tests.h"  // IWYU pragma: export
#endif

namespace loopy {

// An arena for one call. `allocator` outlives it.
grpc_core::MemoryAllocator MakeMemoryAllocator();
ArenaHolder MakeArena(grpc_core::MemoryAllocator* allocator);

// Metadata of a call whose arena is `arena`, and an empty batch of operations.
grpc_metadata_batch NewMetadataBatch(grpc_core::Arena* arena);
grpc_transport_stream_op_batch_payload NewBatchPayload();

// Puts gRPC's configuration into the state of a new process.
void ResetCoreConfiguration();

}  // namespace loopy

#endif  // LOOPY_TESTS_ADAPTER_RELEASE_FOR_TESTS_H_
