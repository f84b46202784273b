// A subchannel learns of its connection's state. The watcher is called on the
// EventEngine's threads. Each wait ends with an event, or fails after 10 s.

#include "transport/releases/v1_83/state_watcher_adapter.h"

#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "src/core/lib/iomgr/exec_ctx.h"
#include "transport/adapter/transport/connection_state_tracker.h"

namespace loopy {
namespace {

using Watcher = StateWatcherAdapter::Watcher;
using Limits = std::vector<uint32_t>;

class RecordingWatcher final : public Watcher {
 public:
  void OnDisconnect(absl::Status status, DisconnectInfo info) override {
    absl::MutexLock lock(&mu_);
    status_ = std::move(status);
    info_ = info;
  }
  void OnPeerMaxConcurrentStreamsUpdate(
      uint32_t max_concurrent_streams,
      std::unique_ptr<MaxConcurrentStreamsUpdateDoneHandle> on_done) override {
    absl::MutexLock lock(&mu_);
    limits_.push_back(max_concurrent_streams);
    under_way_ = std::move(on_done);
  }
  grpc_pollset_set* interested_parties() const override { return nullptr; }

  // Waits until there are that many limits, and returns them.
  Limits AwaitLimits(size_t n) {
    absl::MutexLock lock(&mu_);
    const auto there = [this, n] { return limits_.size() >= n; };
    mu_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(10));
    return limits_;
  }
  DisconnectInfo AwaitDisconnect() {
    absl::MutexLock lock(&mu_);
    const auto there = [this] { return !status_.ok(); };
    EXPECT_TRUE(
        mu_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(10)));
    return info_;
  }
  // Ends the handling of the last update.
  void TakeIn() {
    std::unique_ptr<MaxConcurrentStreamsUpdateDoneHandle> done;
    {
      absl::MutexLock lock(&mu_);
      done = std::move(under_way_);
    }
  }

 private:
  absl::Mutex mu_;
  Limits limits_;
  std::unique_ptr<MaxConcurrentStreamsUpdateDoneHandle> under_way_;
  absl::Status status_;
  DisconnectInfo info_;
};

class StateWatcherAdapterTest : public ::testing::Test {
 protected:
  StateWatcherAdapterTest() {
    grpc_init();
    state_ =
        std::make_shared<ConnectionStateTracker>("peer", absl::Seconds(10));
    watch_ = std::make_shared<StateWatcherAdapter>(state_, /*engine=*/nullptr);
    state_->SetObserver(watch_);
  }
  ~StateWatcherAdapterTest() override {
    watcher_.reset();
    grpc_shutdown();
  }

  std::shared_ptr<ConnectionStateTracker> state_;
  std::shared_ptr<StateWatcherAdapter> watch_;
  grpc_core::RefCountedPtr<RecordingWatcher> watcher_ =
      grpc_core::MakeRefCounted<RecordingWatcher>();
};

// Catches: an update while the subchannel still works on the one before, or one
// that is lost then.
TEST_F(StateWatcherAdapterTest, TellsTheLimitOneUpdateAtATime) {
  state_->OnMaxConcurrentStreams(100);
  watch_->Start(watcher_);
  EXPECT_EQ(watcher_->AwaitLimits(1), Limits{100});
  state_->OnMaxConcurrentStreams(50);
  state_->OnMaxConcurrentStreams(20);
  EXPECT_EQ(watcher_->AwaitLimits(1), Limits{100});
  watcher_->TakeIn();
  EXPECT_EQ(watcher_->AwaitLimits(2), (Limits{100, 20}));
  watcher_->TakeIn();
  state_->OnMaxConcurrentStreams(20);
  EXPECT_EQ(watcher_->AwaitLimits(2), (Limits{100, 20})) << "no news";
}

TEST_F(StateWatcherAdapterTest, TellsWhyTheConnectionTakesNoMore) {
  watch_->Start(watcher_);
  DisconnectInfo info;
  info.reason = DisconnectInfo::Reason::kGoAway;
  info.goaway_code = Http2ErrorCode::kEnhanceYourCalm;
  info.too_many_pings = true;
  state_->OnDisconnect(absl::UnavailableError("calm"), info);
  const Watcher::DisconnectInfo reported = watcher_->AwaitDisconnect();
  EXPECT_EQ(reported.reason, Watcher::kGoaway);
  EXPECT_EQ(reported.http2_error_code,
            grpc_core::http2::Http2ErrorCode::kEnhanceYourCalm);
  EXPECT_EQ(reported.keepalive_time, grpc_core::Duration::Seconds(20));
}

// Catches: a watcher that comes late, and waits for ever.
TEST_F(StateWatcherAdapterTest, ALateWatcherIsToldToo) {
  DisconnectInfo info;
  info.reason = DisconnectInfo::Reason::kSocketError;
  state_->OnDisconnect(absl::UnavailableError("gone"), info);
  watch_->Start(watcher_);
  EXPECT_EQ(watcher_->AwaitDisconnect().reason, Watcher::kSocketError);
}

TEST_F(StateWatcherAdapterTest, AStoppedWatcherIsToldNothing) {
  watch_->Start(watcher_);
  EXPECT_EQ(watcher_->AwaitLimits(1).size(), 1u);
  watch_->Stop(watcher_.get());
  watcher_->TakeIn();
  state_->OnMaxConcurrentStreams(1);
  auto other = grpc_core::MakeRefCounted<RecordingWatcher>();
  watch_->Start(other);
  EXPECT_EQ(other->AwaitLimits(1), Limits{1});
  EXPECT_EQ(watcher_->AwaitLimits(1).size(), 1u);
  other->TakeIn();  // what is under way holds the watch, which holds `other`
}

}  // namespace
}  // namespace loopy
