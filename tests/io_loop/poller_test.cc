#include "transport/io_loop/poller.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/io_loop/connected_sockets.h"
#include "tests/io_loop/event.h"

namespace loopy {
namespace {

constexpr absl::Duration kBound = absl::Seconds(10);

class FunctionClient final : public Poller::Client {
 public:
  explicit FunctionClient(std::function<void(uint32_t)> turn)
      : turn_(std::move(turn)) {}
  void Turn(uint32_t events) override { turn_(events); }

 private:
  const std::function<void(uint32_t)> turn_;
};

class PollerTest : public ::testing::Test {
 protected:
  // A client of `sockets`' polled end.
  std::shared_ptr<FunctionClient> Add(
      const ConnectedSockets& sockets, std::function<void(uint32_t)> turn,
      Poller::Interest interest = Poller::Interest::kInput) {
    auto client = std::make_shared<FunctionClient>(std::move(turn));
    EXPECT_TRUE(poller_->Add(sockets.polled(), client, interest));
    return client;
  }

  // Returns when the poller has dropped what it holds.
  void Remove(const ConnectedSockets& sockets,
              const std::shared_ptr<Poller::Client>& client) {
    Event removed;
    ConnectedSockets own;
    std::shared_ptr<FunctionClient> remover;
    remover = Add(own, [&](uint32_t events) {
      if (events != 0) return;  // a new socket may have some
      poller_->Remove(sockets.polled(), client.get());
      poller_->Remove(own.polled(), remover.get());
      removed.Happen();
    });
    poller_->Schedule(remover);
    EXPECT_TRUE(removed.Wait());
    close(sockets.polled());
    close(own.polled());
  }

  const std::unique_ptr<Poller> poller_ = Poller::Create();
  const ConnectedSockets first_;
  ConnectedSockets second_;
};

TEST_F(PollerTest, TurnsComeFromEventsAndFromSchedule) {
  Event scheduled;
  Event has_input;
  std::atomic<std::thread::id> thread{std::thread::id()};
  const auto client = Add(second_, [&](uint32_t events) {
    thread = std::this_thread::get_id();
    if (events == 0 && !scheduled.has_happened()) scheduled.Happen();
    if ((events & EPOLLIN) != 0) has_input.Happen();
  });
  poller_->Schedule(client);
  EXPECT_TRUE(scheduled.Wait());
  EXPECT_FALSE(has_input.has_happened());
  second_.Send("x");
  EXPECT_TRUE(has_input.Wait());
  EXPECT_NE(thread.load(), std::this_thread::get_id());
  EXPECT_EQ(poller_->load(), 1u);
  Remove(second_, client);
  EXPECT_EQ(poller_->load(), 0u);
  close(first_.polled());
}

// Catches: a wake-up for input that nobody reads yet, and input that came
// before somebody does and is never told of.
TEST_F(PollerTest, AClientIsPolledForItsInterest) {
  std::atomic<int> turns{0};
  Event has_input;
  second_.Send("x");
  const auto client = Add(
      second_,
      [&](uint32_t events) {
        ++turns;
        if ((events & EPOLLIN) != 0) has_input.Happen();
      },
      Poller::Interest::kNone);
  Event other_turn;
  const auto other =
      Add(first_, [&](uint32_t /*events*/) { other_turn.Happen(); });
  poller_->Schedule(other);
  EXPECT_TRUE(other_turn.Wait());
  EXPECT_EQ(turns, 0);
  poller_->SetInterest(second_.polled(), client.get(),
                       Poller::Interest::kInput);
  EXPECT_TRUE(has_input.Wait());
  Remove(second_, client);
  Remove(first_, other);
}

// Catches: a poller that does not look for events while it has turns to give.
TEST_F(PollerTest, AClientThatAlwaysHasATurnDoesNotKeepAnotherFromItsOwn) {
  constexpr int kSent = 5;  // the turn in which the other one gets a byte
  std::atomic<int> turns{0};
  std::atomic<int> turns_when_served{-1};
  Event served;
  const auto quiet = Add(second_, [&](uint32_t events) {
    if ((events & EPOLLIN) == 0) return;
    turns_when_served = turns.load();
    served.Happen();
  });
  std::shared_ptr<FunctionClient> busy;
  busy = Add(first_, [&](uint32_t /*events*/) {
    if (++turns == kSent) second_.Send("x");
    if (!served.has_happened() && turns < 100000) poller_->Schedule(busy);
  });
  poller_->Schedule(busy);
  EXPECT_TRUE(served.Wait());
  EXPECT_LE(turns_when_served, kSent + 1);
  Remove(first_, busy);
  Remove(second_, quiet);
}

// Catches: a turn for a client that was removed before it, in the same round or
// the next, which would use what is gone.
TEST_F(PollerTest, NoTurnFollowsRemove) {
  std::atomic<bool> removed{false};
  std::atomic<int> turns_after{0};
  auto victim = Add(second_, [&](uint32_t /*events*/) {
    if (removed) ++turns_after;
  });
  const std::weak_ptr<FunctionClient> weak = victim;
  Event end;
  std::shared_ptr<FunctionClient> remover;
  remover = Add(first_, [&](uint32_t events) {
    if (events != 0 || removed) return;
    poller_->Schedule(victim);
    removed = true;
    poller_->Remove(second_.polled(), victim.get());
    poller_->Schedule(victim);
    victim.reset();
    end.Happen();
  });
  poller_->Schedule(remover);
  ASSERT_TRUE(end.Wait());
  close(second_.polled());
  Remove(first_, remover);
  EXPECT_EQ(turns_after, 0);
  const absl::Time bound = absl::Now() + kBound;
  while (!weak.expired() && absl::Now() < bound) std::this_thread::yield();
  EXPECT_TRUE(weak.expired());
}

// Catches: a wake-up that is lost between the last one that was taken and the
// wait for events.
TEST_F(PollerTest, NoScheduledTurnIsLost) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  std::vector<std::unique_ptr<ConnectedSockets>> sockets;
  std::vector<std::shared_ptr<Poller::Client>> clients;
  std::vector<std::atomic<int>> turns(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    sockets.push_back(std::make_unique<ConnectedSockets>());
    clients.push_back(
        Add(*sockets[i], [&turns, i](uint32_t /*events*/) { ++turns[i]; }));
  }
  std::vector<std::thread> threads;
  std::atomic<int> lost{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < kRounds; ++round) {
        const int before = turns[i];
        poller_->Schedule(clients[i]);
        const absl::Time end = absl::Now() + kBound;
        while (turns[i] == before) {
          std::this_thread::yield();
          if (absl::Now() > end) {
            ++lost;
            return;
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lost, 0);
  for (int i = 0; i < kThreads; ++i) Remove(*sockets[i], clients[i]);
  close(first_.polled());
  close(second_.polled());
}

}  // namespace
}  // namespace loopy
