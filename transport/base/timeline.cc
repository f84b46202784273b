#include "transport/base/timeline.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

namespace loopy {

std::atomic<bool> Timeline::on_{false};
std::atomic<Timeline::Ring*> Timeline::ring_{nullptr};

// Each slot has a version, which is odd while the slot is written. A reader
// takes an event whose version was even and the same before and after. All
// words are atomic, so readers and writers may meet.
class Timeline::Ring {
 public:
  void Restart() { first_ = next_.load(); }

  void Put(const TimelineEvent& event) {
    Words words;
    std::memcpy(words.data(), &event, sizeof(event));
    const uint64_t n = next_.fetch_add(1, std::memory_order_relaxed);
    Slot& slot = slots_[n % kEvents];
    uint64_t version = slot.version.load(std::memory_order_relaxed);
    // A writer that is a whole ring behind still has the slot: give way.
    if (version % 2 == 1 ||
        !slot.version.compare_exchange_strong(version, version + 1,
                                              std::memory_order_acq_rel)) {
      return;
    }
    for (size_t i = 0; i < words.size(); ++i) {
      slot.words[i].store(words[i], std::memory_order_release);
    }
    slot.version.store(2 * (n + 1), std::memory_order_release);
  }

  std::vector<TimelineEvent> Take() const {
    std::vector<TimelineEvent> events;
    const uint64_t end = next_.load();
    const uint64_t begin =
        std::max(first_.load(), end < kEvents ? 0 : end - kEvents);
    for (uint64_t n = begin; n < end; ++n) {
      const Slot& slot = slots_[n % kEvents];
      const uint64_t written = 2 * (n + 1);
      if (slot.version.load(std::memory_order_acquire) != written) continue;
      Words words;
      for (size_t i = 0; i < words.size(); ++i) {
        words[i] = slot.words[i].load(std::memory_order_acquire);
      }
      if (slot.version.load(std::memory_order_relaxed) != written) continue;
      std::memcpy(static_cast<void*>(&events.emplace_back()), words.data(),
                  sizeof(words));
    }
    return events;
  }

 private:
  using Words = std::array<uint64_t, sizeof(TimelineEvent) / sizeof(uint64_t)>;

  struct Slot {
    std::atomic<uint64_t> version{0};
    std::array<std::atomic<uint64_t>, std::tuple_size<Words>::value> words{};
  };

  std::atomic<uint64_t> first_{0};  // of the last Restart
  std::atomic<uint64_t> next_{0};
  std::vector<Slot> slots_{kEvents};
};

void Timeline::Start() {
  static auto* const ring = new Ring();
  ring->Restart();
  ring_.store(ring, std::memory_order_release);
  on_.store(true, std::memory_order_relaxed);
}

void Timeline::Record(const TimelineEvent& event) {
  Ring* const ring = ring_.load(std::memory_order_acquire);
  if (ring != nullptr) ring->Put(event);
}

std::vector<TimelineEvent> Timeline::Events() {
  const Ring* const ring = ring_.load(std::memory_order_acquire);
  return ring == nullptr ? std::vector<TimelineEvent>() : ring->Take();
}

int64_t Timeline::NowNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

TimelineTrack TimelineTrack::New(absl::string_view peer) {
  static std::atomic<uint32_t> last{0};
  const TimelineTrack track(last.fetch_add(1, std::memory_order_relaxed) + 1);
  if (!Timeline::on()) return track;
  TimelineEvent event = track.Make(TimelineEvent::Kind::kConnection);
  peer.copy(event.text, sizeof(event.text) - 1);
  Timeline::Record(event);
  return track;
}

TimelineEvent TimelineTrack::Make(TimelineEvent::Kind kind) const {
  TimelineEvent event;
  event.time_ns = Timeline::NowNanos();
  event.connection = connection_;
  event.kind = kind;
  return event;
}

void TimelineTrack::RecordNamed(TimelineEvent::Kind kind,
                                const char* name) const {
  TimelineEvent event = Make(kind);
  event.name = name;
  Timeline::Record(event);
}

void TimelineTrack::RecordTurn(int64_t began_ns, size_t bytes) const {
  if (began_ns == 0) return;  // the timeline was off
  TimelineEvent event = Make(TimelineEvent::Kind::kTurn);
  event.duration_ns = event.time_ns - began_ns;
  event.bytes = bytes;
  Timeline::Record(event);
}

void TimelineTrack::RecordFrame(TimelineEvent::Kind kind, uint32_t type,
                                uint32_t stream, size_t bytes) const {
  TimelineEvent event = Make(kind);
  event.code = type;
  event.stream = stream;
  event.bytes = bytes;
  Timeline::Record(event);
}

void TimelineTrack::RecordStall(const char* cause,
                                absl::Duration lasted) const {
  TimelineEvent event = Make(TimelineEvent::Kind::kStallBegins);
  event.time_ns -= absl::ToInt64Nanoseconds(lasted);
  event.name = cause;
  Timeline::Record(event);
}

void TimelineTrack::RecordCall(const void* call,
                               absl::string_view method) const {
  TimelineEvent event = Make(TimelineEvent::Kind::kCallBegins);
  event.call = reinterpret_cast<uintptr_t>(call);
  method.copy(event.text, sizeof(event.text) - 1);
  Timeline::Record(event);
}

void TimelineTrack::RecordCallEnd(const void* call, uint32_t stream,
                                  uint32_t code, const char* waited_for,
                                  absl::Duration waited) const {
  TimelineEvent event = Make(TimelineEvent::Kind::kCallEnds);
  event.call = reinterpret_cast<uintptr_t>(call);
  event.stream = stream;
  event.code = code;
  event.name = waited_for;
  event.duration_ns = absl::ToInt64Nanoseconds(waited);
  Timeline::Record(event);
}

}  // namespace loopy
