#include "transport/adapter/transport/timeline_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
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
  // The file's time begins at `begin_ns`.
  File(FILE* file, int64_t begin_ns) : file_(file), begin_ns_(begin_ns) {}

  void AddNames(uint32_t connection, const std::string& peer) {
    Add(Name("process_name",
             absl::StrCat("connection ", connection, " to ", peer), connection,
             kTurns));
    for (const Row row :
         {kTurns, kItems, kSent, kReceived, kWrites, kStalls, kCalls}) {
      Add(Name("thread_name", kRowNames[row], connection, row));
    }
  }
  void AddEvent(const TimelineEvent& event);
  void End() { fputs(separator_[0] == '[' ? "[]\n" : "\n]\n", file_); }

 private:
  void Add(Json::Object object) {
    const std::string text = DumpJson(JsonObject(std::move(object)));
    fputs(std::exchange(separator_, ",\n"), file_);
    fwrite(text.data(), 1, text.size(), file_);
  }
  void AddAt(int64_t time_ns, Json::Object object, Json::Object args = {}) {
    object["ts"] = Micros(std::max<int64_t>(time_ns - begin_ns_, 0));
    if (!args.empty()) object["args"] = JsonObject(std::move(args));
    Add(std::move(object));
  }
  void AddTurn(const TimelineEvent& event) {
    Json::Object object = Make("X", "turn", event.connection, kTurns);
    object["dur"] = Micros(event.duration_ns);
    AddAt(event.time_ns - event.duration_ns, std::move(object),
          {{"bytes", Number(static_cast<int64_t>(event.bytes))}});
  }
  void AddFrame(const TimelineEvent& event, Row row) {
    AddAt(event.time_ns,
          Moment(FrameTypeName(static_cast<FrameType>(event.code)), event, row),
          {{"stream", Number(event.stream)},
           {"bytes", Number(static_cast<int64_t>(event.bytes))}});
  }
  void AddCallEnd(const TimelineEvent& event);

  FILE* const file_;
  const int64_t begin_ns_;
  const char* separator_ = "[\n";
  std::map<uint64_t, TimelineEvent> calls_;  // the begins of those under way
};

void File::AddEvent(const TimelineEvent& event) {
  const int64_t time_ns = event.time_ns;
  switch (event.kind) {
    case Kind::kConnection:
      return AddNames(event.connection, event.text);
    case Kind::kItem:
      return AddAt(time_ns, Moment(event.name, event, kItems));
    case Kind::kTurn:
      return AddTurn(event);
    case Kind::kFrameSent:
      return AddFrame(event, kSent);
    case Kind::kFrameReceived:
      return AddFrame(event, kReceived);
    case Kind::kWriteBegins:
      return AddAt(time_ns, Make("B", "write", event.connection, kWrites),
                   {{"bytes", Number(static_cast<int64_t>(event.bytes))}});
    case Kind::kWriteEnds:
      return AddAt(time_ns, Make("E", "write", event.connection, kWrites));
    case Kind::kStallBegins:
      return AddAt(time_ns, Make("B", "stall", event.connection, kStalls),
                   {{"by", JsonString(event.name)}});
    case Kind::kStallEnds:
      return AddAt(time_ns, Make("E", "stall", event.connection, kStalls));
    case Kind::kCallBegins:
      calls_[event.call] = event;
      return AddAt(time_ns, Call("b", event.text, event));
    case Kind::kCallEnds:
      return AddCallEnd(event);
  }
}

void File::AddCallEnd(const TimelineEvent& event) {
  const auto begin = calls_.find(event.call);
  if (begin == calls_.end()) return;  // it is too long ago
  const std::string wait = absl::StrCat("waits for ", event.name);
  // The call's clock is another one.
  AddAt(std::max(event.time_ns - event.duration_ns, begin->second.time_ns),
        Call("b", wait, event));
  AddAt(event.time_ns, Call("e", wait, event));
  AddAt(event.time_ns, Call("e", begin->second.text, event),
        {{"stream", Number(event.stream)},
         {"status", JsonString(absl::StatusCodeToString(
                        static_cast<absl::StatusCode>(event.code)))},
         {"waited_for", JsonString(event.name)},
         {"waited_ms", Number(event.duration_ns / 1000000)}});
  calls_.erase(begin);
}

bool Complain(const std::string& path) {
  Log(GPR_ERROR, "loopy: cannot write the timeline to %s: %s", path.c_str(),
      std::strerror(errno));
  return false;
}

// The process that writes the file of the environment, and the file.
pid_t owner = 0;
const std::string* owners_file = nullptr;

void WriteAtExit() {
  if (getpid() == owner) WriteTimelineFile(*owners_file);
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
  File out(file, events.empty() ? 0 : events.front().time_ns);
  for (const auto& [connection, peer] : ConnectionRegistry::Get()->Peers()) {
    out.AddNames(connection, peer);
  }
  for (const TimelineEvent& event : events) out.AddEvent(event);
  out.End();
  const bool failed = ferror(file) != 0;
  if (fclose(file) != 0 || failed) return Complain(path);
  return true;
}

void StartTimelineFromEnvironment() {
  const std::string& name = DefaultsFromEnvironment().timeline_file;
  if (name.empty() || owners_file != nullptr) return;
  owners_file = new std::string(
      absl::StrReplaceAll(name, {{"%p", absl::StrCat(getpid())}}));
  // An operator learns at once that the file cannot be written.
  FILE* const file = fopen(owners_file->c_str(), "ae");
  if (file == nullptr) {
    Complain(*owners_file);
    return;
  }
  fclose(file);
  owner = getpid();
  Timeline::Start();
  std::atexit(WriteAtExit);
}

}  // namespace loopy
