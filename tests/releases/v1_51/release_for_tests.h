#ifndef LOOPY_TESTS_RELEASES_V1_51_RELEASE_FOR_TESTS_H_
#define LOOPY_TESTS_RELEASES_V1_51_RELEASE_FOR_TESTS_H_

#include "transport/adapter/release.h"

namespace loopy {

using ArenaHolder = grpc_core::ScopedArenaPtr;

inline grpc_core::MemoryAllocator MakeMemoryAllocator() {
  return grpc_core::ResourceQuota::Default()
      ->memory_quota()
      ->CreateMemoryAllocator("test");
}
inline ArenaHolder MakeArena(grpc_core::MemoryAllocator* allocator) {
  return grpc_core::MakeScopedArena(1024, allocator);
}
inline grpc_metadata_batch NewMetadataBatch(grpc_core::Arena* arena) {
  return grpc_metadata_batch(arena);
}
inline grpc_transport_stream_op_batch_payload NewBatchPayload() {
  return grpc_transport_stream_op_batch_payload(/*context=*/nullptr);
}
inline void ResetCoreConfiguration() { grpc_core::CoreConfiguration::Reset(); }

}  // namespace loopy

#endif  // LOOPY_TESTS_RELEASES_V1_51_RELEASE_FOR_TESTS_H_
