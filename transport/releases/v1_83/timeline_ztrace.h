#ifndef LOOPY_TRANSPORT_RELEASES_V1_83_TIMELINE_ZTRACE_H_
#define LOOPY_TRANSPORT_RELEASES_V1_83_TIMELINE_ZTRACE_H_

#include <cstdint>
#include <memory>

#include "src/core/channelz/channelz.h"

namespace loopy {

// Returns a trace for channelz of what the timeline has of a connection, up to
// now: frames, turns of the writer, writes and stalls. It fails if the timeline
// is off.
std::unique_ptr<grpc_core::channelz::ZTrace> MakeTimelineZTrace(
    uint32_t connection);

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_RELEASES_V1_83_TIMELINE_ZTRACE_H_
