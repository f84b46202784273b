#ifndef LOOPY_TRANSPORT_BASE_TIMELINE_H_
#define LOOPY_TRANSPORT_BASE_TIMELINE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace loopy {

// Something that happened on a connection. It has sizes and the names of
// methods and causes, but no header values and no bytes of messages.
struct TimelineEvent {
  enum class Kind : uint32_t {
    kConnection,     // it begins; `text` is the peer
    kItem,           // the writer handles the control item `name`
    kTurn,           // a turn of the writer ends, which took `duration_ns`
    kFrameSent,      // a frame of type `code` is put into a write
    kFrameReceived,  // the header of one has come
    kWriteBegins,
    kWriteEnds,
    kStallBegins,  // because of `name`
    kStallEnds,
    kCallBegins,  // of the method `text`
    kCallEnds     // with status `code`; it waited for `name` so long
  };

  int64_t time_ns = 0;  // of std::chrono::steady_clock
  int64_t duration_ns = 0;
  uint64_t bytes = 0;
  uint64_t call = 0;           // identifies a call that is under way
  const char* name = nullptr;  // a literal
  uint32_t connection = 0;
  uint32_t stream = 0;
  Kind kind = Kind::kConnection;
  uint32_t code = 0;
  char text[72] = {};  // cut if it is longer
};
static_assert(std::is_trivially_copyable<TimelineEvent>::value, "");
static_assert(sizeof(TimelineEvent) % sizeof(uint64_t) == 0, "");

// The last events of all connections of the process. It is off until Start, and
// then has no memory; each event costs a look at a flag. While it is on, an
// event costs a copy: nothing is allocated, and there is no lock.
//
//   Timeline::Start();
//   TimelineTrack track = TimelineTrack::New("ipv4:10.0.0.1:443");
//   track.OnWriteBegins(16384);
//   for (const TimelineEvent& event : Timeline::Events()) ...
//
// Threads: any.
class Timeline {
 public:
  // It keeps this many: 18 MB.
  static constexpr size_t kEvents = 1 << 17;

  static bool on() {
    return ABSL_PREDICT_FALSE(on_.load(std::memory_order_relaxed));
  }

  // Begins anew.
  static void Start();
  // Keeps what there is.
  static void Stop() { on_.store(false, std::memory_order_relaxed); }

  // Adds an event, while it is on.
  static void Record(const TimelineEvent& event);

  // The events since Start, as they were recorded. One that is being recorded
  // meanwhile may be missing.
  static std::vector<TimelineEvent> Events();

  static int64_t NowNanos();

 private:
  class Ring;

  static std::atomic<bool> on_;
  static std::atomic<Ring*> ring_;  // never freed
};

// A connection's part of the timeline. Each method is for one kind of event.
class TimelineTrack {
 public:
  TimelineTrack() = default;  // of no connection

  static TimelineTrack New(absl::string_view peer);

  uint32_t connection() const { return connection_; }

  void OnItem(const char* name) const {
    if (Timeline::on()) RecordNamed(TimelineEvent::Kind::kItem, name);
  }
  // Returns the begin of a turn, for OnTurn.
  static int64_t BeginTurn() {
    return Timeline::on() ? Timeline::NowNanos() : 0;
  }
  void OnTurn(int64_t began_ns, size_t bytes) const {
    if (Timeline::on()) RecordTurn(began_ns, bytes);
  }
  void OnFrameSent(uint32_t type, uint32_t stream, size_t bytes) const {
    if (Timeline::on()) {
      RecordFrame(TimelineEvent::Kind::kFrameSent, type, stream, bytes);
    }
  }
  void OnFrameReceived(uint32_t type, uint32_t stream, size_t bytes) const {
    if (Timeline::on()) {
      RecordFrame(TimelineEvent::Kind::kFrameReceived, type, stream, bytes);
    }
  }
  void OnWriteBegins(size_t bytes) const {
    if (Timeline::on()) {
      RecordFrame(TimelineEvent::Kind::kWriteBegins, 0, 0, bytes);
    }
  }
  void OnWriteEnds() const {
    if (Timeline::on()) {
      RecordNamed(TimelineEvent::Kind::kWriteEnds, nullptr);
    }
  }
  // The stall has lasted for some time when it is noticed.
  void OnStallBegins(const char* cause, absl::Duration lasted) const {
    if (Timeline::on()) RecordStall(cause, lasted);
  }
  void OnStallEnds() const {
    if (Timeline::on()) {
      RecordNamed(TimelineEvent::Kind::kStallEnds, nullptr);
    }
  }
  void OnCallBegins(const void* call, absl::string_view method) const {
    if (Timeline::on()) RecordCall(call, method);
  }
  void OnCallEnds(const void* call, uint32_t stream, uint32_t code,
                  const char* waited_for, absl::Duration waited) const {
    if (Timeline::on()) RecordCallEnd(call, stream, code, waited_for, waited);
  }

 private:
  explicit TimelineTrack(uint32_t connection) : connection_(connection) {}

  TimelineEvent Make(TimelineEvent::Kind kind) const;
  void RecordNamed(TimelineEvent::Kind kind, const char* name) const;
  void RecordTurn(int64_t began_ns, size_t bytes) const;
  void RecordFrame(TimelineEvent::Kind kind, uint32_t type, uint32_t stream,
                   size_t bytes) const;
  void RecordStall(const char* cause, absl::Duration lasted) const;
  void RecordCall(const void* call, absl::string_view method) const;
  void RecordCallEnd(const void* call, uint32_t stream, uint32_t code,
                     const char* waited_for, absl::Duration waited) const;

  uint32_t connection_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TRANSPORT_BASE_TIMELINE_H_
