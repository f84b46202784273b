#include "transport/base/timeline.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace loopy {
namespace {

using Kind = TimelineEvent::Kind;

class TimelineTest : public testing::Test {
 protected:
  void TearDown() override { Timeline::Stop(); }
};

// Catches: events that are recorded while it is off, or that Start keeps.
TEST_F(TimelineTest, HasWhatHappenedSinceStart) {
  TimelineTrack track = TimelineTrack::New("ipv4:10.0.0.1:443");
  Timeline::Start();
  track.OnItem("before");
  Timeline::Start();
  EXPECT_EQ(Timeline::Events().size(), 0u);
  track.OnFrameSent(/*type=*/1, /*stream=*/3, /*bytes=*/99);
  Timeline::Stop();
  track.OnItem("after");
  const std::vector<TimelineEvent> events = Timeline::Events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, Kind::kFrameSent);
  EXPECT_EQ(events[0].connection, track.connection());
  EXPECT_EQ(events[0].code, 1u);
  EXPECT_EQ(events[0].stream, 3u);
  EXPECT_EQ(events[0].bytes, 99u);
}

TEST_F(TimelineTest, AStallBeganBeforeItWasNoticed) {
  Timeline::Start();
  const int64_t now = Timeline::NowNanos();
  TimelineTrack::New("peer").OnStallBegins("socket", absl::Seconds(1));
  const std::vector<TimelineEvent> events = Timeline::Events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_STREQ(events[0].text, "peer");
  EXPECT_STREQ(events[1].name, "socket");
  EXPECT_LT(events[1].time_ns, now);
}

TEST_F(TimelineTest, ATextThatIsTooLongIsCut) {
  Timeline::Start();
  TimelineTrack::New(std::string(1000, 'x'));
  EXPECT_EQ(std::string(Timeline::Events().at(0).text),
            std::string(sizeof(TimelineEvent::text) - 1, 'x'));
}

// Catches: a ring that grows, or that keeps the first events.
TEST_F(TimelineTest, KeepsTheLastEvents) {
  Timeline::Start();
  const TimelineTrack track = TimelineTrack::New("peer");
  constexpr uint32_t kMore = 10;
  for (uint32_t i = 0; i < Timeline::kEvents + kMore; ++i) {
    track.OnFrameSent(0, i, 0);
  }
  const std::vector<TimelineEvent> events = Timeline::Events();
  ASSERT_EQ(events.size(), Timeline::kEvents);
  EXPECT_EQ(events.front().stream, kMore);
  EXPECT_EQ(events.back().stream, Timeline::kEvents + kMore - 1);
}

// Catches: an event that is read while it is written, also under
// ThreadSanitizer.
TEST_F(TimelineTest, ThreadsWriteAndRead) {
  Timeline::Start();
  constexpr uint32_t kTimes = 100000;  // two of them go around the ring
  std::atomic<int> running{2};
  const auto write = [&running](TimelineTrack track) {
    for (uint32_t i = 0; i < kTimes; ++i) track.OnFrameSent(i, i, i);
    --running;
  };
  std::thread first(write, TimelineTrack::New("first"));
  std::thread second(write, TimelineTrack::New("second"));
  do {
    for (const TimelineEvent& event : Timeline::Events()) {
      if (event.kind != Kind::kFrameSent) continue;
      ASSERT_EQ(event.code, event.stream);
      ASSERT_EQ(event.bytes, event.stream);
    }
  } while (running != 0);
  first.join();
  second.join();
}

}  // namespace
}  // namespace loopy
