#ifndef LOOPY_TESTS_RELEASES_V1_83_RELEASE_FOR_TESTS_H_
#define LOOPY_TESTS_RELEASES_V1_83_RELEASE_FOR_TESTS_H_

#include "transport/adapter/release.h"

namespace loopy {

using ArenaHolder = grpc_core::RefCountedPtr<grpc_core::Arena>;

inline grpc_core::MemoryAllocator MakeMemoryAllocator() {
  return grpc_core::ResourceQuota::Default()
      ->memory_quota()
      ->CreateMemoryAllocator("test");
}
inline ArenaHolder MakeArena(grpc_core::MemoryAllocator* /*allocator*/) {
  return grpc_core::SimpleArenaAllocator()->MakeArena();
}
inline grpc_metadata_batch NewMetadataBatch(grpc_core::Arena* /*arena*/) {
  return grpc_metadata_batch();
}
inline grpc_transport_stream_op_batch_payload NewBatchPayload() { return {}; }
inline void ResetCoreConfiguration() {
  grpc_core::CoreConfiguration::
      ResetEverythingIncludingPersistentBuildersAbsolutelyNotRecommended();
}

}  // namespace loopy

#endif  // LOOPY_TESTS_RELEASES_V1_83_RELEASE_FOR_TESTS_H_
