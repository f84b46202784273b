#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/model/tracked_lock.h"

// These tests run the order of our close (docs/close.md) in every interleaving.
// The model has the order of the steps, not the transport. The order that
// deadlocked is in grpc_go_close_order_test.cc.

namespace loopy {
namespace {

using Lines = std::vector<std::string>;
using Names = std::set<std::string>;

struct Ours {
  struct Options {
    bool write_stuck = true;  // a write is under way when Close is called
    bool peer_reads_again = false;
    bool close_twice = false;
    bool close_in_reader = false;  // Close is called from the reader's callback
    // These deviations show that the model notices mistakes.
    bool no_timer = false;
    bool write_holds_lock = false;
    bool fails_with_lock = false;
  };

  explicit Ours(const Options& o) : options(o) {
    if (o.peer_reads_again) model.On(peer).Do("reads again", Set(peer_reads));
    if (!o.close_in_reader) AddClose(close);
    if (o.close_twice) AddClose(other_close);
    AddReader();
    AddWrites();
    Model::Steps steps = model.On(timer);
    steps.Idle("Close", IsSet(armed), {close, other_close, reader});
    if (!o.no_timer) AddShutdown(&steps);
  }

  // Adds steps (a) to (d) of docs/close.md.
  void AddClose(Model::Agent agent) {
    const Model::Variable first = model.AddVariable();
    const Model::Variable is_writer = model.AddVariable();
    Model::Steps steps = model.On(agent);
    // (a)
    steps.Take(mu).Do("becomes kClosing", [this, first](Model::State& s) {
      if (!s[closing].empty()) return;
      s[closing] = s[first] = "x";
      s[reported_reason] = s[got_reason];
    });
    if (!options.fails_with_lock) steps.Give(mu).ReturnIf(IsEmpty(first));
    // (b) The callback closes again, which returns at once.
    steps.Take(stream)
        .Do("fails the stream", [this](Model::State& s) { s[failed] += "f"; })
        .Give(stream)
        .Take(mu)
        .Give(mu);
    // (c), (d)
    steps.Do("arms the timer", Set(armed))
        .Take(buffer)
        .Do("puts GOAWAY", Set(queued))
        .Give(buffer);
    steps.Take(buffer)
        .Do("may become the writer",
            [this, is_writer](Model::State& s) {
              if (s[has_writer].empty() && !s[queued].empty()) {
                s[has_writer] = s[is_writer] = "x";
              }
            })
        .Give(buffer)
        .ReturnIf(IsEmpty(is_writer));
    AddRun(&steps);
  }

  // Adds LoopyWriter::Run, which takes what is queued and starts a write, or
  // gives up the writer role.
  void AddRun(Model::Steps* steps) {
    steps->Take(buffer)
        .Do("takes the items",
            [this](Model::State& s) {
              if (!s[queued].empty() && s[writer_done].empty()) {
                s[writing] = "g";
              } else {
                s[has_writer] = "";
              }
              s[queued] = "";
            })
        .Give(buffer);
  }

  // Adds the kernel, which ends writes, and OnWriteDone, which goes on.
  void AddWrites() {
    Model::Steps steps = model.On(writes);
    steps.Idle("a write", IsSet(writing), {close, other_close, reader});
    if (options.write_holds_lock) steps.Take(mu);
    steps.Wait(
        "the peer to read, or the shutdown",
        [this](const Model::State& s) {
          return !s[peer_reads].empty() || !s[shut].empty();
        },
        {peer, timer, writes},
        [this](Model::State& s) {
          const bool ok = s[shut].empty();
          if (ok) s[written] += s[writing];
          if (!ok || s[writing] == "g") s[writer_done] = "x";
          s[writing] = "";
        });
    if (options.write_holds_lock) steps.Give(mu);
    steps.Take(mu)
        .Do("shuts down after GOAWAY or a failure",
            [this](Model::State& s) {
              if (!s[writer_done].empty()) s[shut] = "x";
            })
        .Give(mu);
    AddRun(&steps);
    steps.Repeat();
  }

  void AddShutdown(Model::Steps* steps) {
    steps->Take(mu).Do("shuts down", Set(shut)).Give(mu);
  }

  void AddReader() {
    Model::Steps steps = model.On(reader);
    steps.Take(mu).Do("keeps the peer's GOAWAY", Set(got_reason)).Give(mu);
    if (options.close_in_reader) {
      AddClose(reader);
      return;
    }
    steps.Wait("the shutdown", IsSet(shut), {timer, writes})
        .Do("ends", Set(reader_ended));
  }

  // Checks each state in which nothing moves any more.
  void CheckEnds(const Model::Report& report) {
    EXPECT_FALSE(report.ends.empty());
    for (const Model::State& end : report.ends) {
      EXPECT_EQ(end[failed], "f") << "the stream is failed exactly once";
      EXPECT_FALSE(end[shut].empty());
      EXPECT_TRUE(end[writing].empty());
      EXPECT_TRUE(end[has_writer].empty());
      EXPECT_EQ(end[reader_ended].empty(), options.close_in_reader);
      const std::string& frames = end[written];
      EXPECT_TRUE(frames.find('g') == std::string::npos ||
                  frames.find('g') + 1 == frames.size())
          << "nothing follows GOAWAY: " << frames;
    }
  }

  const Options options;
  Model model;
  const Model::Lock mu = model.AddLock("mu");
  const Model::Lock stream = model.AddLock("the stream's lock");
  const Model::Lock buffer = model.AddLock("the buffer's lock");
  const Model::Variable closing = model.AddVariable();
  const Model::Variable got_reason = model.AddVariable();
  const Model::Variable reported_reason = model.AddVariable();
  const Model::Variable failed = model.AddVariable();
  const Model::Variable armed = model.AddVariable();
  const Model::Variable queued = model.AddVariable();
  const Model::Variable has_writer =
      model.AddVariable(options.write_stuck ? "x" : "");
  // "s" is a write of streams, "g" one of GOAWAY.
  const Model::Variable writing =
      model.AddVariable(options.write_stuck ? "s" : "");
  const Model::Variable written = model.AddVariable();
  const Model::Variable writer_done = model.AddVariable();
  const Model::Variable peer_reads = model.AddVariable();
  const Model::Variable shut = model.AddVariable();
  const Model::Variable reader_ended = model.AddVariable();
  const Model::Agent close = model.AddAgent("Close");
  const Model::Agent other_close = model.AddAgent("other Close");
  const Model::Agent writes = model.AddAgent("write");
  const Model::Agent timer = model.AddAgent("linger timer");
  const Model::Agent reader = model.AddAgent("reader");
  const Model::Agent peer = model.AddAgent("peer");
};

std::vector<Ours::Options> EveryCase() {
  std::vector<Ours::Options> cases;
  for (int bits = 0; bits < 16; ++bits) {
    Ours::Options o;
    o.write_stuck = (bits & 1) != 0;
    o.peer_reads_again = (bits & 2) != 0;
    o.close_twice = (bits & 4) != 0;
    o.close_in_reader = (bits & 8) != 0;
    cases.push_back(o);
  }
  return cases;
}

// No agent waits while it holds a lock, and Close waits for nothing but locks.
// Catches: the deviations below.
TEST(CloseOrderTest, OursHasNoCycleAndCloseNeverWaits) {
  const Names locks = {"Close waits for mu",
                       "Close waits for the buffer's lock",
                       "Close waits for the stream's lock"};
  for (const Ours::Options& options : EveryCase()) {
    Ours ours(options);
    const Model::Report report = ours.model.Explore();
    EXPECT_FALSE(report.deadlock.has_value()) << report.deadlock->ToString();
    EXPECT_EQ(report.waits_with_lock, Names{});
    for (const std::string& wait : report.waits) {
      if (wait.rfind("Close ", 0) != 0) continue;
      EXPECT_EQ(locks.count(wait), 1u) << wait;
    }
    EXPECT_GT(report.states, 50u);
    ours.CheckEnds(report);
  }
}

// The calls end while the write is stuck: before the timer, and without the
// peer.
TEST(CloseOrderTest, CallsFailWhileTheWriteIsStuck) {
  Ours ours(Ours::Options{});
  bool seen = false;
  ours.model.Explore([&](const Model::State& s) {
    if (s[ours.shut].empty() && ours.model.Finished(s, ours.close)) {
      EXPECT_EQ(s[ours.failed], "f");
      seen = true;
    }
  });
  EXPECT_TRUE(seen);
}

// The peer's GOAWAY is in the calls' text if, and only if, it came before.
TEST(CloseOrderTest, TheReasonIsTheOneThatCameBefore) {
  Ours ours(Ours::Options{});
  Names reported;
  ours.model.Explore([&](const Model::State& s) {
    if (!s[ours.failed].empty()) reported.insert(s[ours.reported_reason]);
    EXPECT_LE(s[ours.reported_reason].size(), s[ours.got_reason].size());
  });
  EXPECT_EQ(reported, (Names{"", "x"}));
}

// A peer that reads again within the linger gets GOAWAY. One that never does
// cannot hold the socket.
TEST(CloseOrderTest, GoAwayIsWrittenIfThePeerReads) {
  Ours::Options options;
  options.peer_reads_again = true;
  Ours ours(options);
  Names written;
  for (const Model::State& end : ours.model.Explore().ends) {
    written.insert(end[ours.written]);
  }
  EXPECT_EQ(written, (Names{"", "s", "sg"}));
}

// ---- Deviations from our order

TEST(CloseOrderTest, WithoutTheTimerTheWriteNeverEnds) {
  Ours::Options options;
  options.no_timer = true;
  const Model::Report report = Ours(options).model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_EQ(report.deadlock->waits.front().find("write waits for the peer"), 0u)
      << report.deadlock->ToString();
}

// The timer's shutdown needs the lock that the write holds.
TEST(CloseOrderTest, AWriteWithTheLockIsACycle) {
  Ours::Options options;
  options.write_holds_lock = true;
  const Model::Report report = Ours(options).model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_TRUE(report.deadlock->is_cycle);
  EXPECT_EQ(report.deadlock->waits,
            (Lines{"Close waits for mu, held by write",
                   "write waits for the peer to read, or the shutdown, ended "
                   "by linger timer",
                   "linger timer waits for Close, ended by Close"}));
  EXPECT_EQ(report.waits_with_lock,
            Names{"write waits for the peer to read, or the shutdown holding "
                  "mu"});
}

// A callback may close again.
TEST(CloseOrderTest, FailingStreamsWithTheLockIsACycle) {
  Ours::Options options;
  options.fails_with_lock = true;
  const Model::Report report = Ours(options).model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_EQ(report.deadlock->waits, Lines{"Close waits for mu, held by Close"});
}

}  // namespace
}  // namespace loopy
