#include "tests/model/tracked_lock.h"

#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace loopy {
namespace {

using Lines = std::vector<std::string>;

Model::Effect Append(Model::Variable v, char letter) {
  return [v, letter](Model::State& state) { state[v] += letter; };
}

// Catches: an order that is left out.
TEST(TrackedLockTest, ExploresEveryOrder) {
  Model model;
  const Model::Variable row = model.AddVariable();
  const Model::Agent a = model.AddAgent("a");
  const Model::Agent b = model.AddAgent("b");
  model.On(a).Do("1", Append(row, '1')).Do("2", Append(row, '2'));
  model.On(b).Do("3", Append(row, '3')).Do("4", Append(row, '4'));
  const Model::Report report = model.Explore();
  std::set<std::string> rows;
  for (const Model::State& end : report.ends) rows.insert(end[row]);
  EXPECT_EQ(rows, (std::set<std::string>{"1234", "1324", "1342", "3124", "3142",
                                         "3412"}));
  EXPECT_FALSE(report.deadlock.has_value());
}

TEST(TrackedLockTest, ALockHasOneHolder) {
  Model model;
  const Model::Lock mu = model.AddLock("mu");
  const Model::Variable row = model.AddVariable();
  for (const char* name : {"a", "b"}) {
    model.On(model.AddAgent(name))
        .Take(mu)
        .Do("enters", Append(row, name[0]))
        .Do("leaves", Append(row, name[0]))
        .Give(mu);
  }
  const Model::Report report = model.Explore();
  ASSERT_EQ(report.ends.size(), 2u);
  EXPECT_EQ(report.ends[0][row], "aabb");
  EXPECT_EQ(report.ends[1][row], "bbaa");
  EXPECT_FALSE(report.deadlock.has_value());
  EXPECT_EQ(report.waits,
            (std::set<std::string>{"a waits for mu", "b waits for mu"}));
}

TEST(TrackedLockTest, TwoLocksInTwoOrdersAreACycle) {
  Model model;
  const Model::Lock first = model.AddLock("first");
  const Model::Lock second = model.AddLock("second");
  model.On(model.AddAgent("a"))
      .Take(first)
      .Take(second)
      .Give(second)
      .Give(first);
  model.On(model.AddAgent("b"))
      .Take(second)
      .Take(first)
      .Give(first)
      .Give(second);
  const Model::Report report = model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_TRUE(report.deadlock->is_cycle);
  EXPECT_EQ(report.deadlock->waits, (Lines{"a waits for second, held by b",
                                           "b waits for first, held by a"}));
  EXPECT_EQ(report.deadlock->trace, (Lines{"a takes first", "b takes second"}));
}

TEST(TrackedLockTest, TwoLocksInOneOrderAreNone) {
  Model model;
  const Model::Lock first = model.AddLock("first");
  const Model::Lock second = model.AddLock("second");
  for (const char* name : {"a", "b", "c"}) {
    model.On(model.AddAgent(name))
        .Take(first)
        .Take(second)
        .Give(second)
        .Give(first);
  }
  EXPECT_FALSE(model.Explore().deadlock.has_value());
}

TEST(TrackedLockTest, ALockTakenTwiceIsACycle) {
  Model model;
  const Model::Lock mu = model.AddLock("mu");
  model.On(model.AddAgent("a")).Take(mu).Take(mu).Give(mu).Give(mu);
  const Model::Report report = model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_EQ(report.deadlock->waits, Lines{"a waits for mu, held by a"});
}

// A lock is held during a wait for a resource, whose end needs the lock.
TEST(TrackedLockTest, ALockAndAResourceAreACycle) {
  Model model;
  const Model::Lock mu = model.AddLock("mu");
  const Model::Variable done = model.AddVariable();
  const Model::Agent a = model.AddAgent("a");
  const Model::Agent b = model.AddAgent("b");
  model.On(a).Take(mu).Wait("work", IsSet(done), {b}).Give(mu);
  model.On(b).Take(mu).Give(mu).Do("works", Set(done));
  const Model::Report report = model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_TRUE(report.deadlock->is_cycle);
  EXPECT_EQ(report.deadlock->waits, (Lines{"a waits for work, ended by b",
                                           "b waits for mu, held by a"}));
  EXPECT_EQ(report.waits_with_lock,
            std::set<std::string>{"a waits for work holding mu"});
}

// Any one of several agents may end the wait for a resource, so it is no
// deadlock if one of them is lost. Catches: a model that needs all of them.
TEST(TrackedLockTest, OneOfSeveralIsEnough) {
  Model model;
  const Model::Lock mu = model.AddLock("mu");
  const Model::Variable done = model.AddVariable();
  const Model::Agent a = model.AddAgent("a");
  const Model::Agent b = model.AddAgent("b");
  const Model::Agent timer = model.AddAgent("timer");
  model.On(a).Take(mu).Wait("work", IsSet(done), {b, timer}).Give(mu);
  model.On(b).Take(mu).Give(mu).Do("works", Set(done));
  model.On(timer).Do("fires", Set(done));
  const Model::Report report = model.Explore();
  EXPECT_FALSE(report.deadlock.has_value()) << report.deadlock->ToString();
}

TEST(TrackedLockTest, AWaitThatNobodyIsLeftToEndIsADeadEnd) {
  Model model;
  const Model::Variable done = model.AddVariable();
  const Model::Agent a = model.AddAgent("a");
  const Model::Agent peer = model.AddAgent("peer");
  model.On(a).Wait("the peer", IsSet(done), {peer});
  const Model::Report report = model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_FALSE(report.deadlock->is_cycle);
  EXPECT_EQ(report.deadlock->waits,
            Lines{"a waits for the peer, ended by nobody"});
}

// Two agents pass one letter to and fro for ever, and one has no work.
TEST(TrackedLockTest, LoopsAndIdlenessAreNoDeadlock) {
  Model model;
  const Model::Variable ball = model.AddVariable("a");
  const Model::Variable work = model.AddVariable();
  const Model::Agent a = model.AddAgent("a");
  const Model::Agent b = model.AddAgent("b");
  const Model::Agent idler = model.AddAgent("idler");
  const auto is = [ball](char who) {
    return [ball, who](const Model::State& s) { return s[ball][0] == who; };
  };
  const auto to = [ball](char who) {
    return [ball, who](Model::State& s) { s[ball][0] = who; };
  };
  model.On(a).Wait("the ball", is('a'), {b}, to('b')).Repeat();
  model.On(b).Wait("the ball", is('b'), {a}, to('a')).Repeat();
  model.On(idler).Idle("work", IsSet(work), {idler});
  const Model::Report report = model.Explore();
  EXPECT_FALSE(report.deadlock.has_value());
  EXPECT_TRUE(report.ends.empty());
}

TEST(TrackedLockTest, AnAgentReturnsEarly) {
  Model model;
  const Model::Variable closed = model.AddVariable("x");
  const Model::Variable row = model.AddVariable();
  const Model::Agent a = model.AddAgent("a");
  model.On(a)
      .ReturnIf(IsEmpty(closed))
      .Do("1", Append(row, '1'))
      .ReturnIf(IsSet(closed))
      .Do("2", Append(row, '2'));
  const Model::Report report = model.Explore();
  ASSERT_EQ(report.ends.size(), 1u);
  EXPECT_EQ(report.ends[0][row], "1");
  EXPECT_TRUE(model.Finished(report.ends[0], a));
}

}  // namespace
}  // namespace loopy
