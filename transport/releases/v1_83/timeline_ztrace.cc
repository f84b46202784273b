#include "transport/releases/v1_83/timeline_ztrace.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/core/channelz/property_list.h"
#include "src/core/channelz/ztrace_collector.h"
#include "transport/base/timeline.h"
#include "transport/wire/frame.h"

namespace loopy {
namespace {

using grpc_core::channelz::PropertyList;
using grpc_core::channelz::ZTrace;
using grpc_core::channelz::ZTraceCollector;

std::string NameOf(const TimelineEvent& event) {
  switch (event.kind) {
    case TimelineEvent::Kind::kConnection:
      return "connection begins";
    case TimelineEvent::Kind::kItem:
      return event.name;
    case TimelineEvent::Kind::kTurn:
      return "turn";
    case TimelineEvent::Kind::kFrameSent:
      return absl::StrCat("sent ",
                          FrameTypeName(static_cast<FrameType>(event.code)));
    case TimelineEvent::Kind::kFrameReceived:
      return absl::StrCat("received ",
                          FrameTypeName(static_cast<FrameType>(event.code)));
    case TimelineEvent::Kind::kWriteBegins:
      return "write begins";
    case TimelineEvent::Kind::kWriteEnds:
      return "write ends";
    case TimelineEvent::Kind::kStallBegins:
      return absl::StrCat("stall begins: ", event.name);
    case TimelineEvent::Kind::kStallEnds:
      return "stall ends";
    case TimelineEvent::Kind::kCallBegins:
      return absl::StrCat("call begins: ", event.text);
    case TimelineEvent::Kind::kCallEnds:
      return absl::StrCat("call ends; waited for ", event.name);
  }
  return "";
}

// gRPC gives an event of a trace the time at which it is added, so this says
// how long ago it happened.
struct LoopyEvent {
  TimelineEvent event;
  int64_t ago_ns = 0;
  bool is_last = false;

  PropertyList ChannelzProperties() const {
    return PropertyList()
        .Set("event", NameOf(event))
        .Set("microseconds_ago", ago_ns / 1000)
        .Set("stream", event.stream)
        .Set("bytes", event.bytes);
  }
  size_t MemoryUsage() const { return sizeof(*this); }
};

class UpToTheLast {
 public:
  explicit UpToTheLast(const ZTrace::Args& /*args*/) {}
  bool Finishes(const LoopyEvent& event) { return event.is_last; }
};

class TimelineZTrace final : public ZTrace {
 public:
  explicit TimelineZTrace(uint32_t connection)
      : connection_(connection), trace_(collector_.MakeZTrace()) {}

  void Run(Args args,
           std::shared_ptr<grpc_event_engine::experimental::EventEngine> engine,
           Callback callback) override {
    if (!Timeline::on()) {
      engine->Run([callback = std::move(callback)]() mutable {
        callback(absl::FailedPreconditionError(
            "the timeline is off: LOOPY_TIMELINE=FILE in the environment or "
            "loopy::StartTimeline() starts it"));
      });
      return;
    }
    trace_->Run(std::move(args), std::move(engine), std::move(callback));
    const int64_t now_ns = Timeline::NowNanos();
    LoopyEvent last;
    for (const TimelineEvent& event : Timeline::Events()) {
      if (event.connection != connection_) continue;
      if (last.event.connection == connection_) collector_.Append(last);
      last.event = event;
      last.ago_ns = now_ns - event.time_ns;
    }
    last.is_last = true;
    collector_.Append(last);
  }

 private:
  const uint32_t connection_;
  ZTraceCollector<UpToTheLast, LoopyEvent> collector_;
  const std::unique_ptr<ZTrace> trace_;
};

}  // namespace

std::unique_ptr<ZTrace> MakeTimelineZTrace(uint32_t connection) {
  return std::make_unique<TimelineZTrace>(connection);
}

}  // namespace loopy
