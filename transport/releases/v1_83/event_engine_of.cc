#include "transport/releases/v1_83/event_engine_of.h"

#include "src/core/lib/event_engine/default_event_engine.h"

namespace loopy {

using grpc_event_engine::experimental::EventEngine;
using grpc_event_engine::experimental::GetDefaultEventEngine;

std::shared_ptr<EventEngine> EventEngineOf(const grpc_core::ChannelArgs& args) {
  std::shared_ptr<EventEngine> engine = args.GetObjectRef<EventEngine>();
  // gRPC gives the default EventEngine to every channel that has none.
  if (engine == GetDefaultEventEngine()) return nullptr;
  return engine;
}

}  // namespace loopy
