#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_EVENT_ENGINE_OF_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_EVENT_ENGINE_OF_H_

#include <grpc/event_engine/event_engine.h>

#include <memory>

#include "src/core/lib/channel/channel_args.h"

namespace loopy {

// Returns the EventEngine that a channel brings; null if it has none of its
// own. Null stands for the EventEngine that is the default when it is used:
// holding that one would keep it from ending with gRPC.
std::shared_ptr<grpc_event_engine::experimental::EventEngine> EventEngineOf(
    const grpc_core::ChannelArgs& args);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_EVENT_ENGINE_OF_H_
