#include "transport/adapter/transport/timeline_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "transport/adapter/channel/environment.h"
#include "transport/adapter/release.h"
#include "transport/adapter/transport/connection_registry.h"
#include "transport/base/log.h"
#include "transport/base/timeline.h"
#include "transport/wire/frame.h"

namespace loopy {
namespace {

using grpc_core::Json;
using Kind = TimelineEvent::Kind;

// The rows of a connection.
enum Row { kTurns = 1, kItems, kSent, kReceived, kWrites, kStalls, kCalls };
constexpr const char* kRowNames[] = {"",
                                     "writer turns",
                                     "control items",
                                     "frames sent",
                                     "frames received",
                                     "writes to the socket",
                                     "stalls",
                                     "calls"};

Json Number(int64_t n) { return JsonNumber(absl::StrCat(n)); }

// The format's unit is the microsecond.
Json Micros(int64_t ns) {
  return JsonNumber(absl::StrFormat("%d.%03d", ns / 1000, ns % 1000));
}

// An object of the array. `phase` is the format's: X has a duration, B and E
// are the begin and the end of a slice, b and e those of one that may overlap
// with others of its row, i is a moment, and M a name.
Json::Object Make(const char* phase, std::string name, uint32_t connection,
                  Row row) {
  return {{"ph", JsonString(phase)},
          {"name", JsonString(std::move(name))},
          {"pid", Number(connection)},
          {"tid", Number(row)}};
}

Json::Object Moment(std::string name, const TimelineEvent& event, Row row) {
  Json::Object object = Make("i", std::move(name), event.connection, row);
  object["s"] = JsonString("t");  // it belongs to its row
  return object;
}

Json::Object Call(const char* phase, std::string name,
                  const TimelineEvent& event) {
  Json::Object object = Make(phase, std::move(name), event.connection, kCalls);
  object["cat"] = JsonString("call");
  object["id"] = JsonString(absl::StrCat("0x", absl::Hex(event.call)));
  return object;
}

Json::Object Name(const char* what, std::string name, uint32_t connection,
                  Row row) {
  Json::Object object = Make("M", what, connection, row);
  object["args"] = JsonObject({{"name", JsonString(std::move(name))}});
  return object;
}

// Writes objects, one a line.
class File {
 public:
  explicit File(FILE* file) : file_(file) {}

  void Add(Json::Object object) {
    const std::string text = DumpJson(JsonObject(std::move(object)));
    fputs(std::exchange(separator_, ",\n"), file_);
    fwrite(text.data(), 1, text.size(), file_);
  }
  void End() { fputs(separator_[0] == '[' ? "[]\n" : "\n]\n", file_); }

  void AddNames(uint32_t connection, const std::string& peer) {
    Add(Name("process_name",
             absl::StrCat("connection ", connection, " to ", peer), connection,
             kTurns));
    for (const Row row :
         {kTurns, kItems, kSent, kReceived, kWrites, kStalls, kCalls}) {
      Add(Name("thread_name", kRowNames[row], connection, row));
    }
  }

  void AddEvent(const TimelineEvent& event, int64_t begin_ns) {
    const auto add = [&](Json::Object object, Json::Object args = {},
                         int64_t ago_ns = 0) {
      object["ts"] =
          Micros(std::max<int64_t>(event.time_ns - ago_ns - begin_ns, 0));
      if (!args.empty()) object["args"] = JsonObject(std::move(args));
      Add(std::move(object));
    };
    const auto bytes = [&] {
      return Number(static_cast<int64_t>(event.bytes));
    };
    const auto frame = [&](Row row) {
      add(Moment(FrameTypeName(static_cast<FrameType>(event.code)), event, row),
          {{"stream", Number(event.stream)}, {"bytes", bytes()}});
    };
    switch (event.kind) {
      case Kind::kConnection:
        return AddNames(event.connection, event.text);
      case Kind::kItem:
        return add(Moment(event.name, event, kItems));
      case Kind::kTurn: {
        Json::Object object = Make("X", "turn", event.connection, kTurns);
        object["dur"] = Micros(event.duration_ns);
        return add(std::move(object), {{"bytes", bytes()}}, event.duration_ns);
      }
      case Kind::kFrameSent:
        return frame(kSent);
      case Kind::kFrameReceived:
        return frame(kReceived);
      case Kind::kWriteBegins:
        return add(Make("B", "write", event.connection, kWrites),
                   {{"bytes", bytes()}});
      case Kind::kWriteEnds:
        return add(Make("E", "write", event.connection, kWrites));
      case Kind::kStallBegins:
        return add(Make("B", "stall", event.connection, kStalls),
                   {{"by", JsonString(event.name)}});
      case Kind::kStallEnds:
        return add(Make("E", "stall", event.connection, kStalls));
      case Kind::kCallBegins:
        return add(Call("b", event.text, event));
      case Kind::kCallEnds: {
        const std::string wait = absl::StrCat("waits for ", event.name);
        add(Call("b", wait, event), {}, event.duration_ns);
        add(Call("e", wait, event));
        return add(Call("e", "", event),
                   {{"stream", Number(event.stream)},
                    {"status", JsonString(absl::StatusCodeToString(
                                   static_cast<absl::StatusCode>(event.code)))},
                    {"waited_for", JsonString(event.name)},
                    {"waited_ms", Number(event.duration_ns / 1000000)}});
      }
    }
  }

 private:
  FILE* const file_;
  const char* separator_ = "[\n";
};

bool Complain(const std::string& path) {
  Log(GPR_ERROR, "loopy: cannot write the timeline to %s: %s", path.c_str(),
      std::strerror(errno));
  return false;
}

pid_t owner = 0;  // the process that writes the file of the environment

void WriteAtExit() {
  if (getpid() != owner) return;
  WriteTimelineFile(DefaultsFromEnvironment().timeline_file);
}

}  // namespace

bool WriteTimelineFile(const std::string& path) {
  std::vector<TimelineEvent> events = Timeline::Events();
  // A stall's begin is recorded when the stall has lasted for some time.
  std::stable_sort(events.begin(), events.end(),
                   [](const TimelineEvent& a, const TimelineEvent& b) {
                     return a.time_ns < b.time_ns;
                   });
  FILE* const file = fopen(path.c_str(), "we");
  if (file == nullptr) return Complain(path);
  File out(file);
  for (const auto& [connection, peer] : ConnectionRegistry::Get()->Peers()) {
    out.AddNames(connection, peer);
  }
  for (const TimelineEvent& event : events) {
    out.AddEvent(event, events.front().time_ns);
  }
  out.End();
  const bool failed = ferror(file) != 0;
  if (fclose(file) != 0 || failed) return Complain(path);
  return true;
}

void StartTimelineFromEnvironment() {
  const std::string& path = DefaultsFromEnvironment().timeline_file;
  if (path.empty() || owner != 0) return;
  // An operator learns at once that the file cannot be written.
  FILE* const file = fopen(path.c_str(), "ae");
  if (file == nullptr) {
    Complain(path);
    return;
  }
  fclose(file);
  owner = getpid();
  Timeline::Start();
  std::atexit(WriteAtExit);
}

}  // namespace loopy
