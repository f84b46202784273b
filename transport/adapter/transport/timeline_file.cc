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
#include <set>
#include <string>
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

// The rows of a connection, from top to bottom: those that answer most
// questions come first.
enum Row { kCalls = 1, kStalls, kWrites, kTurns, kItems, kSent, kReceived };
constexpr const char* kRowNames[] = {"",
                                     "calls",
                                     "stalls",
                                     "writes to the socket",
                                     "writer turns",
                                     "control items",
                                     "frames sent",
                                     "frames received"};

// A connection is a process of the format, and a row is a thread. No two rows
// of the file have one number, and no row has that of its connection: Perfetto
// finds the thread to be named by its number alone, and moves a thread with the
// number of its process to the top.
int64_t RowNumber(uint32_t connection, Row row) {
  return int64_t{10} * connection + row;
}

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
          {"tid", Number(RowNumber(connection, row))}};
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
  // A plain "id" would put the call beside its connection in Perfetto.
  object["id2"] = JsonObject(
      {{"local", JsonString(absl::StrCat("0x", absl::Hex(event.call)))}});
  return object;
}

// Says something of a connection or of a row.
Json::Object Describe(const char* what, const char* key, Json value,
                      uint32_t connection, Row row) {
  Json::Object object = Make("M", what, connection, row);
  object["args"] = JsonObject({{key, std::move(value)}});
  return object;
}

// Writes objects, one a line.
class File {
 public:
  // The file's time begins at `begin_ns`.
  File(FILE* file, int64_t begin_ns) : file_(file), begin_ns_(begin_ns) {}

  // Names a connection, unless it has a name. The peer may be unknown.
  void AddNames(uint32_t connection, const std::string& peer);
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
  void AddBegin(const TimelineEvent& event, std::string name, Row row,
                Json::Object args);
  void AddEnd(const TimelineEvent& event, Row row);
  void AddCallEnd(const TimelineEvent& event);

  FILE* const file_;
  const int64_t begin_ns_;
  const char* separator_ = "[\n";
  std::set<uint32_t> named_;  // connections
  // The begins of what is under way. An end without its begin, which the
  // timeline no longer has, is an error to Perfetto.
  std::map<uint64_t, TimelineEvent> calls_;
  std::map<int64_t, std::string> slices_;  // the name of a row's
};

void File::AddNames(uint32_t connection, const std::string& peer) {
  if (!named_.insert(connection).second) return;
  std::string name = absl::StrCat("connection ", connection);
  if (!peer.empty()) absl::StrAppend(&name, " to ", peer);
  Add(Describe("process_name", "name", JsonString(std::move(name)), connection,
               kCalls));
  Add(Describe("process_sort_index", "sort_index", Number(connection),
               connection, kCalls));
  for (const Row row :
       {kCalls, kStalls, kWrites, kTurns, kItems, kSent, kReceived}) {
    Add(Describe("thread_name", "name", JsonString(kRowNames[row]), connection,
                 row));
    Add(Describe("thread_sort_index", "sort_index", Number(row), connection,
                 row));
  }
}

void File::AddBegin(const TimelineEvent& event, std::string name, Row row,
                    Json::Object args) {
  slices_[RowNumber(event.connection, row)] = name;
  AddAt(event.time_ns, Make("B", std::move(name), event.connection, row),
        std::move(args));
}

void File::AddEnd(const TimelineEvent& event, Row row) {
  const auto begin = slices_.find(RowNumber(event.connection, row));
  if (begin == slices_.end()) return;
  AddAt(event.time_ns, Make("E", begin->second, event.connection, row));
  slices_.erase(begin);
}

void File::AddEvent(const TimelineEvent& event) {
  const int64_t time_ns = event.time_ns;
  AddNames(event.connection, event.kind == Kind::kConnection ? event.text : "");
  switch (event.kind) {
    case Kind::kConnection:
      return;  // it has its name
    case Kind::kItem:
      return AddAt(time_ns, Moment(event.name, event, kItems));
    case Kind::kTurn:
      return AddTurn(event);
    case Kind::kFrameSent:
      return AddFrame(event, kSent);
    case Kind::kFrameReceived:
      return AddFrame(event, kReceived);
    case Kind::kWriteBegins:
      return AddBegin(event, "write", kWrites,
                      {{"bytes", Number(static_cast<int64_t>(event.bytes))}});
    case Kind::kWriteEnds:
      return AddEnd(event, kWrites);
    case Kind::kStallBegins:
      return AddBegin(event, absl::StrCat("stalled by ", event.name), kStalls,
                      {{"by", JsonString(event.name)}});
    case Kind::kStallEnds:
      return AddEnd(event, kStalls);
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
