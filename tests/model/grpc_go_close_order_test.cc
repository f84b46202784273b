#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/model/tracked_lock.h"

// These tests run the order of grpc-go's Close as it was when it deadlocked
// (grpc-go #7606): from its #7371 (Close waits for the writer, for a bounded
// time) to its #7662. Our order: tests/connection/close_schedules_test.cc.

namespace loopy {
namespace {

using Lines = std::vector<std::string>;
using Names = std::set<std::string>;

struct GrpcGo {
  enum class Reason {
    kAfterPut,   // fetched after GOAWAY is queued and the socket is closed
    kBeforePut,  // fetched before that (#7662)
  };
  enum class StuckWrite {
    kUntilSocketClosed,   // as on a plain TCP connection
    kUntilCloseReturned,  // as in the test of #7606, which ends the write then
  };

  GrpcGo(Reason reason, StuckWrite stuck, bool timer_fires) {
    AddClose(reason);
    AddWriter(stuck);
    if (timer_fires) model.On(timer).Do("fires", Set(fired));
    // A GOAWAY of the server may arrive at any time.
    model.On(reader).Take(mu).Do("keeps the reason", Set(got_reason)).Give(mu);
  }

  void AddClose(Reason reason) {
    Model::Steps steps = model.On(close);
    steps.Take(mu).Do("takes the streams", Set(closing)).Give(mu);
    if (reason == Reason::kBeforePut) steps.Take(mu).Give(mu);
    steps.Do("queues GOAWAY", Set(queued))
        .Wait("the writer's end, or the timer",
              [this](const Model::State& s) {
                return !s[writer_done].empty() || !s[fired].empty();
              },
              {writer, timer})
        .Do("closes the socket", Set(socket_closed));
    if (reason == Reason::kAfterPut) steps.Take(mu).Give(mu);
    steps.Do("fails the streams", Set(failed)).Do("returns", Set(returned));
  }

  void AddWriter(StuckWrite stuck) {
    // outgoingGoAwayHandler writes with the lock held, to a peer that does not
    // read.
    model.On(writer)
        .Idle("items", IsSet(queued), {close})
        .Take(mu)
        .Wait("the write of GOAWAY",
              IsSet(stuck == StuckWrite::kUntilSocketClosed ? socket_closed
                                                            : returned),
              {peer, close})
        .Give(mu)
        .Do("ends", Set(writer_done));
  }

  Model model;
  const Model::Lock mu = model.AddLock("mu");
  const Model::Variable closing = model.AddVariable();
  const Model::Variable got_reason = model.AddVariable();
  const Model::Variable queued = model.AddVariable();
  const Model::Variable writer_done = model.AddVariable();
  const Model::Variable fired = model.AddVariable();
  const Model::Variable socket_closed = model.AddVariable();
  const Model::Variable failed = model.AddVariable();
  const Model::Variable returned = model.AddVariable();
  const Model::Agent close = model.AddAgent("Close");
  const Model::Agent writer = model.AddAgent("loopy writer");
  const Model::Agent timer = model.AddAgent("timer");
  const Model::Agent reader = model.AddAgent("reader");
  const Model::Agent peer = model.AddAgent("peer");
};

// This is the cycle of #7606.
TEST(GrpcGoCloseOrderTest, TheReasonFetchedAfterThePutIsACycle) {
  GrpcGo old(GrpcGo::Reason::kAfterPut, GrpcGo::StuckWrite::kUntilCloseReturned,
             /*timer_fires=*/true);
  const Model::Report report = old.model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_TRUE(report.deadlock->is_cycle);
  EXPECT_EQ(report.deadlock->waits,
            (Lines{"Close waits for mu, held by loopy writer",
                   "loopy writer waits for the write of GOAWAY, ended by "
                   "Close"}));
  // In the runs with the cycle, the calls never fail.
  Names failed;
  for (const Model::State& end : report.ends) failed.insert(end[old.failed]);
  EXPECT_EQ(failed, (Names{"", "x"}));
}

// A socket whose close ends its writes hides the cycle. The lock is held all
// the same.
TEST(GrpcGoCloseOrderTest, ASocketThatEndsItsWritesHidesTheCycle) {
  GrpcGo old(GrpcGo::Reason::kAfterPut, GrpcGo::StuckWrite::kUntilSocketClosed,
             /*timer_fires=*/true);
  const Model::Report report = old.model.Explore();
  EXPECT_FALSE(report.deadlock.has_value()) << report.deadlock->ToString();
  EXPECT_EQ(report.waits_with_lock,
            Names{"loopy writer waits for the write of GOAWAY holding mu"});
}

// This is the order before #7371.
TEST(GrpcGoCloseOrderTest, AWaitForTheWriterWithoutATimerIsACycle) {
  GrpcGo old(GrpcGo::Reason::kAfterPut, GrpcGo::StuckWrite::kUntilSocketClosed,
             /*timer_fires=*/false);
  const Model::Report report = old.model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_TRUE(report.deadlock->is_cycle);
  EXPECT_EQ(report.deadlock->waits,
            (Lines{"Close waits for the writer's end, or the timer, ended by "
                   "loopy writer",
                   "loopy writer waits for the write of GOAWAY, ended by "
                   "Close"}));
}

// The order alone breaks the cycle. But other threads that need the lock, such
// as the reader, still wait for the write until Close gives up.
TEST(GrpcGoCloseOrderTest, TheReasonFetchedBeforeThePutIsNone) {
  GrpcGo fixed(GrpcGo::Reason::kBeforePut,
               GrpcGo::StuckWrite::kUntilCloseReturned, /*timer_fires=*/true);
  const Model::Report report = fixed.model.Explore();
  EXPECT_FALSE(report.deadlock.has_value()) << report.deadlock->ToString();
  EXPECT_EQ(report.waits.count("reader waits for mu"), 1u);
  EXPECT_EQ(report.waits_with_lock.size(), 1u);
  for (const Model::State& end : report.ends) {
    EXPECT_FALSE(end[fixed.failed].empty());
  }
}

}  // namespace
}  // namespace loopy
