#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"
#include "tests/connection/hooked_fakes.h"
#include "transport/base/mutex.h"

// Every schedule of a close, on the connection that ships (docs/close.md). A
// scenario has some events, such as Close, the end of the stuck write or the
// linger timer. They come in every order. In each of these schedules, one event
// also comes inside another one: at every place where the connection calls out
// to its endpoint, its clock or its observers. There another thread may run as
// well, as no lock is held.
//
// No schedule can deadlock, for two reasons that are checked in all of them.
// Nothing is called with a lock held: the event inside would take it again. And
// locks are taken in the order of LockRank, which builds with asan check. So a
// thread that holds a lock waits for nothing but a lock of a higher rank.

namespace loopy {
namespace {

enum class Event {
  kClose,
  kCloseAgain,
  kDrain,
  kPeerReads,      // the stuck write ends, and so do later ones
  kWriteFails,     // the stuck write fails
  kPeerGoAway,     // GOAWAY comes, with last-stream-id 1
  kPeerCloses,     // the read ends
  kProtocolError,  // the peer breaks the protocol
  kTimer,          // the time of a linger is over
  kCancel,         // call 1 is cancelled
  kNewCall,
};

bool IsClose(Event event) {
  return event == Event::kClose || event == Event::kCloseAgain ||
         event == Event::kPeerCloses || event == Event::kProtocolError;
}

// All sequences of choices, one after the other. The first takes 0 everywhere.
class Choices {
 public:
  // Below `n`.
  size_t Choose(size_t n) {
    if (depth_ == path_.size()) path_.push_back({0, n});
    EXPECT_EQ(path_[depth_].of, n) << "a schedule is not deterministic";
    return path_[depth_++].taken;
  }
  // False: there are no more.
  bool Next() {
    path_.resize(depth_);
    depth_ = 0;
    while (!path_.empty() && path_.back().taken + 1 == path_.back().of) {
      path_.pop_back();
    }
    if (path_.empty()) return false;
    ++path_.back().taken;
    return true;
  }

 private:
  struct Choice {
    size_t taken;
    size_t of;
  };
  std::vector<Choice> path_;
  size_t depth_ = 0;
};

// One schedule, with two calls and a stuck write.
class CloseSchedule final : public ConnectionFixture {
 public:
  CloseSchedule(std::vector<Event> events, Choices* choices)
      : left_(std::move(events)), choices_(choices) {}

  void Run() {
    Prepare();
    while (!left_.empty()) {
      RunOne(TakeEvent(choices_->Choose(left_.size())));
      endpoint_->Pump();
      if (!close_began_) continue;
      // Also while the write is stuck: nobody waits for the peer.
      EXPECT_TRUE(calls_[0].ended());
      EXPECT_TRUE(calls_[1].ended());
    }
    hook_enabled_ = false;
    CheckReason();
    TearDown();  // nothing is left, everything happened once, GOAWAY was last
  }

  bool goaway_written() const { return our_goaway_.has_value(); }
  // The events in their order; those inside another one are in parentheses.
  const std::string& trace() const { return trace_; }

 private:
  void TestBody() override {}

  void Prepare() {
    clock_hooked_ =
        std::make_unique<HookedClock>(&clock_, [this] { MaybeRunInside(); });
    ConnectionOptions options = WithoutBdp();
    options.keepalive_time = absl::Seconds(60);
    Start(options, {}, clock_hooked_.get(),
          std::make_unique<HookedEndpoint>(endpoint_->Lend(),
                                           [this] { MaybeRunInside(); }));
    PeerSettings();
    DropFrames();
    owner_->on_disconnect = [this] { MaybeRunInside(); };
    owner_->on_released = [this] { MaybeRunInside(); };
    for (int i = 0; i < 2; ++i) {
      StartCall().call->on_end = [this] { MaybeRunInside(); };
    }
    DropFrames();
    MakeWriteStuck();
    hook_enabled_ = true;
  }

  Event TakeEvent(size_t i) {
    const Event event = left_[i];
    left_.erase(left_.begin() + static_cast<ptrdiff_t>(i));
    return event;
  }

  // The connection calls out.
  void MaybeRunInside() {
    if (!hook_enabled_) return;
#ifdef LOOPY_CHECK_LOCK_ORDER
    EXPECT_FALSE(ThisThreadHoldsLock());
#endif
    if (inside_ || left_.empty()) return;
    const size_t choice = choices_->Choose(left_.size() + 1);
    if (choice == 0) return;
    inside_ = true;
    trace_ += '(';
    RunOne(TakeEvent(choice - 1));
    trace_ += ')';
  }

  void RunOne(Event event) {
    trace_ += static_cast<char>('A' + static_cast<int>(event));
    if (IsClose(event) && !std::exchange(close_began_, true)) {
      goaway_before_ = goaway_done_;
      // Nothing is called before step (a). A reader calls out before it closes.
      reason_is_taken_ = event == Event::kClose || event == Event::kCloseAgain;
    }
    const bool too_late = calls_[0].ended() || reason_is_taken_;
    const bool reads = endpoint_->read_pending();
    Perform(event);
    if (event == Event::kPeerGoAway) {
      goaway_done_ = reads;  // otherwise it is read some time later
      goaway_too_late_ = too_late;
      goaway_later_ = !reads;
    }
  }

  void Perform(Event event) {
    switch (event) {
      case Event::kClose:
        return connection_->Close(absl::UnavailableError("closed"));
      case Event::kCloseAgain:
        return connection_->Close(absl::UnavailableError("closed again"));
      case Event::kDrain:
        return connection_->Drain(absl::UnavailableError("drained"));
      case Event::kPeerReads:
        endpoint_->SetWriteMode(FakeEndpoint::WriteMode::kAutomatic);
        endpoint_->Pump();
        return;
      case Event::kWriteFails:
        endpoint_->FailWrite(absl::UnavailableError("broken pipe"));
        return;
      case Event::kPeerGoAway:
        return Feed(FrameBuilder().GoAway(1, Http2ErrorCode::kNoError));
      case Event::kPeerCloses:
        return endpoint_->CloseByPeer();
      case Event::kProtocolError:
        return Feed(FrameBuilder().Data(101, "of a stream that never was"));
      case Event::kTimer:
        clock_.Advance(options_.goaway_timeout);
        endpoint_->Pump();
        return;
      case Event::kCancel:
        // A copy: StartCall may add to them meanwhile.
        return TestCall(calls_[0]).Cancel();
      case Event::kNewCall:
        StartCall();
        return;
    }
  }

  // The peer's GOAWAY is in the status of call 1 if, and only if, it came
  // before the close.
  void CheckReason() {
    if (!calls_[0].ended()) return;
    const absl::Status status = calls_[0].status();
    if (!absl::IsUnavailable(status)) return;  // it was cancelled
    const bool has_reason =
        absl::StrContains(status.message(), "received prior goaway");
    if (goaway_before_) {
      EXPECT_TRUE(has_reason) << status;
    }
    if ((!goaway_done_ && !goaway_later_) || goaway_too_late_) {
      EXPECT_FALSE(has_reason) << status;
    }
  }

  std::unique_ptr<HookedClock> clock_hooked_;
  std::vector<Event> left_;
  Choices* const choices_;
  bool hook_enabled_ = false;
  bool inside_ = false;  // an event comes inside another one, or did
  bool close_began_ = false;
  bool goaway_done_ = false;
  bool goaway_before_ = false;  // before the close began
  bool goaway_later_ = false;
  bool goaway_too_late_ = false;  // after call 1 had ended, or step (a)
  bool reason_is_taken_ = false;  // a Close has begun
  std::string trace_;
};

// The traces of the schedules without an event inside another, by whether
// GOAWAY was written.
struct Explored {
  size_t schedules = 0;
  std::set<std::string> with_goaway;
  std::set<std::string> without_goaway;
};

Explored Explore(const std::vector<Event>& events) {
  Explored explored;
  Choices choices;
  do {
    CloseSchedule schedule(events, &choices);
    schedule.Run();
    ++explored.schedules;
    const std::string& trace = schedule.trace();
    if (!absl::StrContains(trace, '(')) {
      (schedule.goaway_written() ? explored.with_goaway
                                 : explored.without_goaway)
          .insert(trace);
    }
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "in the schedule " << trace;
      break;
    }
  } while (choices.Next());
  return explored;
}

// Catches: a GOAWAY's reason that is left out, or is fetched after step (a); a
// close without the linger; one that begins twice, or lingers for ever; streams
// that are not failed, or are failed with the lock held; a clock that is called
// with the lock held; an endpoint that is released while a thread is in it.
TEST(CloseSchedulesTest, AStuckWrite) {
  const Explored explored = Explore(
      {Event::kClose, Event::kCloseAgain, Event::kPeerGoAway, Event::kTimer});
  EXPECT_GT(explored.schedules, 100u);
  // No linger, no GOAWAY: the peer does not read.
  EXPECT_TRUE(explored.with_goaway.empty());
}

// A peer that reads again within the linger gets GOAWAY. Catches: no GOAWAY.
TEST(CloseSchedulesTest, ThePeerReadsAgain) {
  const Explored explored = Explore(
      {Event::kClose, Event::kPeerReads, Event::kPeerGoAway, Event::kTimer});
  for (const std::string& trace : explored.without_goaway) {
    EXPECT_LT(trace.find('A'), trace.find('I')) << trace;
    EXPECT_LT(trace.find('I'), trace.find('D')) << trace;
  }
  EXPECT_FALSE(explored.without_goaway.empty());
  EXPECT_FALSE(explored.with_goaway.empty());
}

TEST(CloseSchedulesTest, TheSocketFails) {
  Explore({Event::kClose, Event::kWriteFails, Event::kPeerCloses,
           Event::kPeerGoAway});
}

TEST(CloseSchedulesTest, TheReaderCloses) {
  Explore(
      {Event::kProtocolError, Event::kClose, Event::kPeerReads, Event::kTimer});
}

// Catches: a stream that is opened after the close has begun.
TEST(CloseSchedulesTest, StreamsComeAndGo) {
  Explore({Event::kClose, Event::kCancel, Event::kNewCall, Event::kPeerGoAway});
}

TEST(CloseSchedulesTest, TheConnectionDrains) {
  Explore(
      {Event::kDrain, Event::kCancel, Event::kPeerCloses, Event::kPeerReads});
}

}  // namespace
}  // namespace loopy
