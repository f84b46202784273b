#include "transport/connection/stall_watch.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "transport/base/timeline.h"

namespace loopy {
namespace {

using Strings = std::vector<std::string>;

// The test is the writer and the connection.
class StallWatchTest : public testing::Test, public StallWatch::Observer {
 protected:
  StallWatchTest() {
    options_.stall_log_after = absl::Seconds(1);
    Make();
  }
  void TearDown() override {
    watch_->Stop();
    EXPECT_EQ(clock_.pending_timers(), 0u);
    const std::weak_ptr<StallWatch> watch = watch_;
    watch_.reset();
    EXPECT_TRUE(watch.expired());
  }

  void Make() {
    watch_ = std::make_shared<StallWatch>(&clock_, options_, "ipv4:1.2.3.4:5",
                                          self_);
  }
  // The first write may be stuck.
  void BeginWrite(uint64_t bytes = StallWatch::kNeverStuck + 1) {
    ++progress_.write_begun;
    progress_.write_began_at.Set(clock_.Now());
    progress_.write_bytes = bytes;
    watch_->OnWriteBegins(bytes);
  }
  void EndWrite() {
    ++progress_.write_ended;
    watch_->OnWriteEnded();
  }
  Strings TakeLines() { return std::exchange(lines_, {}); }

  const WriterProgress& writer_progress() const override { return progress_; }
  absl::optional<uint64_t> AckedBytes() override { return acked_; }
  size_t KernelBytes() override { return 7; }
  size_t OpenStreams() override { return 3; }
  uint64_t EndedStreams() override { return ended_; }
  void OnStallLine(const std::string& line) override { lines_.push_back(line); }
  void OnWriteStallTimeout(absl::Status why) override {
    timeouts_.push_back(std::string(why.message()));
  }

  FakeClock clock_;
  ConnectionOptions options_;
  WriterProgress progress_;
  absl::optional<uint64_t> acked_;
  uint64_t ended_ = 0;
  Strings lines_;
  Strings timeouts_;
  // It owns nothing: the test does.
  const std::shared_ptr<StallWatch::Observer> self_{
      this, [](StallWatch::Observer*) {}};
  std::shared_ptr<StallWatch> watch_;
};

// Catches: a stall of a connection that can send; one that has seen progress
// and does not say so.
TEST_F(StallWatchTest, AnyoneMayLook) {
  acked_ = 0;
  EXPECT_EQ(watch_->Look().stalled_for, absl::ZeroDuration());
  BeginWrite();
  clock_.Advance(absl::Milliseconds(300));
  StallWatch::State state = watch_->Look();
  EXPECT_EQ(state.stalled_for, absl::Milliseconds(300));
  EXPECT_FALSE(state.by_window);
  EXPECT_EQ(state.kernel_bytes, 7u);
  acked_ = 100;
  EXPECT_EQ(watch_->Look().stalled_for, absl::ZeroDuration());
  clock_.Advance(absl::Milliseconds(200));
  EXPECT_EQ(watch_->Look().stalled_for, absl::Milliseconds(200));
  EndWrite();
  EXPECT_EQ(watch_->Look().stalled_for, absl::ZeroDuration());
  progress_.window_used_up_at.Set(clock_.Now());
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_TRUE(watch_->Look().by_window);
  watch_->Stop();
  EXPECT_EQ(watch_->Look().stalled_for, absl::ZeroDuration());
}

// Catches: a timer for each connection that makes one call; a stall after small
// writes that nobody watches.
TEST_F(StallWatchTest, TheFirstBytesNeedNoTimer) {
  BeginWrite(StallWatch::kNeverStuck);
  EndWrite();
  EXPECT_EQ(clock_.pending_timers(), 0u);
  BeginWrite(1);
  EXPECT_EQ(clock_.pending_timers(), 1u);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(TakeLines().size(), 1u);
}

// Catches: a stall whose begin is that of the timer, and not of the last
// progress.
TEST_F(StallWatchTest, TheBeginIsKnownToAQuarter) {
  acked_ = 0;
  BeginWrite();
  clock_.Advance(absl::Milliseconds(10));
  acked_ = 100;
  clock_.Advance(absl::Milliseconds(1239));
  EXPECT_EQ(TakeLines(), Strings{});
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(TakeLines().size(), 1u);
}

// Catches: a timeline without the stalls that are too many for the log; one
// with a stall that ends twice.
TEST_F(StallWatchTest, StallsAreInTheTimeline) {
  Timeline::Start();
  for (int i = 0; i < 2; ++i) {
    BeginWrite();
    clock_.Advance(absl::Seconds(2));
    EndWrite();
  }
  BeginWrite();
  clock_.Advance(absl::Seconds(2));
  watch_->Stop();
  Timeline::Stop();
  std::vector<TimelineEvent::Kind> kinds;
  for (const auto& event : Timeline::Events()) kinds.push_back(event.kind);
  using Kind = TimelineEvent::Kind;
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::kStallBegins, Kind::kStallEnds,
                                      Kind::kStallBegins, Kind::kStallEnds,
                                      Kind::kStallBegins, Kind::kStallEnds}));
  EXPECT_EQ(TakeLines().size(), 2u) << "the first, and its end";
}

TEST_F(StallWatchTest, AStallIsLoggedOnceAndSoIsItsEnd) {
  BeginWrite();
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(TakeLines(), Strings{});
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(
      TakeLines(),
      Strings{"loopy: ipv4:1.2.3.4:5 has taken nothing for 1.0 s: a write "
              "of 4097 bytes has not ended; 3 calls are open"});
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(TakeLines(), Strings{});
  ended_ = 40;
  EndWrite();
  EXPECT_EQ(TakeLines(), Strings{"loopy: ipv4:1.2.3.4:5 goes on after 61.0 s; "
                                 "40 calls ended meanwhile"});
  BeginWrite();
  EndWrite();
  EXPECT_EQ(TakeLines(), Strings{});
}

// Catches: a line for a connection that is busy, or idle.
TEST_F(StallWatchTest, WritesThatEndAreNoStall) {
  for (int i = 0; i < 100; ++i) {
    BeginWrite();
    clock_.Advance(absl::Milliseconds(900));
    EndWrite();
  }
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(TakeLines(), Strings{});
}

// Catches: a timer that runs while the connection is idle; one that does not
// run again.
TEST_F(StallWatchTest, ItSleepsWithTheConnection) {
  BeginWrite();
  EndWrite();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(clock_.pending_timers(), 0u);
  BeginWrite();
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(TakeLines().size(), 1u);
}

// Catches: a slow peer taken for a stalled one.
TEST_F(StallWatchTest, APeerThatAcknowledgesIsNotStalled) {
  acked_ = 0;
  BeginWrite();
  for (int i = 0; i < 100; ++i) {
    *acked_ += 10;
    clock_.Advance(absl::Milliseconds(500));
  }
  EXPECT_EQ(TakeLines(), Strings{});
  clock_.Advance(absl::Seconds(3));
  EXPECT_EQ(TakeLines().size(), 1u);
}

TEST_F(StallWatchTest, AWindowThatIsUsedUpIsAStall) {
  BeginWrite();
  EndWrite();
  progress_.window_used_up_at.Set(clock_.Now());
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(TakeLines(),
            Strings{"loopy: ipv4:1.2.3.4:5 has taken nothing for 1.0 s: the "
                    "connection's window is used up; 3 calls are open"});
  progress_.window_used_up_at.Clear();
  BeginWrite();
  EXPECT_EQ(TakeLines(), Strings{"loopy: ipv4:1.2.3.4:5 goes on after 2.0 s; 0 "
                                 "calls ended meanwhile"});
}

// Catches: a log that a peer which stalls again and again fills.
TEST_F(StallWatchTest, LinesAreFarApart) {
  for (int i = 0; i < 20; ++i) {
    BeginWrite();
    clock_.Advance(absl::Milliseconds(1500));
    EndWrite();
    clock_.Advance(absl::Milliseconds(500));
  }
  EXPECT_EQ(TakeLines().size(), 2u * 4u) << "in 40 s";
}

TEST_F(StallWatchTest, AWriteThatStallsTooLongEndsTheConnection) {
  options_.stall_log_after = absl::InfiniteDuration();
  options_.write_stall_timeout = absl::Seconds(20);
  Make();
  BeginWrite();
  clock_.Advance(absl::Seconds(20) - absl::Milliseconds(1));
  EXPECT_EQ(timeouts_, Strings{});
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(timeouts_,
            Strings{"write stalled: ipv4:1.2.3.4:5 has taken nothing "
                    "for 20.0 s"});
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(timeouts_.size(), 1u) << "once";
  EXPECT_EQ(TakeLines(), Strings{});
}

// Catches: a connection that is closed although its peer only opens no window.
TEST_F(StallWatchTest, AUsedUpWindowEndsNoConnection) {
  options_.write_stall_timeout = absl::Seconds(20);
  Make();
  BeginWrite();
  EndWrite();
  progress_.window_used_up_at.Set(clock_.Now());
  clock_.Advance(absl::Seconds(100));
  EXPECT_EQ(timeouts_, Strings{});
}

TEST_F(StallWatchTest, ItIsOffByDefault) {
  options_ = ConnectionOptions();
  Make();
  BeginWrite();
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

TEST_F(StallWatchTest, StopEndsIt) {
  BeginWrite();
  watch_->Stop();
  EXPECT_EQ(clock_.pending_timers(), 0u);
  EndWrite();
  BeginWrite();
  EXPECT_EQ(clock_.pending_timers(), 0u);
}

}  // namespace
}  // namespace loopy
