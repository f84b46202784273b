#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/model/tracked_lock.h"

// These tests run two ends whose control buffers and sockets are full, in every
// interleaving. grpc-go stops reading when too many answers wait to be written.
// When both writers are blocked by the other end's reader, nothing moves any
// more (grpc-go #9330). Our reader is never parked, and answers merge
// (contract, 5).

namespace loopy {
namespace {

using Lines = std::vector<std::string>;

enum class Kind {
  kThrottled,  // grpc-go: does not read while the buffer holds kLimit answers
  kMerging,    // ours: always reads, and merges the answers that wait
  kUnbounded,  // always reads, and queues each answer
};

// An end buffers at most so many answers, and frames in the socket to the other
// end.
constexpr size_t kLimit = 2;
constexpr size_t kSocket = 1;

size_t Answers(const std::string& queue) {
  return static_cast<size_t>(std::count(queue.begin(), queue.end(), 'a'));
}

struct Connection {
  Connection(Kind client, Kind server) {
    AddEnd(0, client);
    AddEnd(1, server);
  }

  void AddEnd(size_t me, Kind kind) {
    const size_t other = 1 - me;
    Model::Steps reads = model.On(reader[me]);
    if (kind == Kind::kThrottled) {
      reads.Wait("fewer answers",
                 [v = buffer[me]](const Model::State& s) {
                   return Answers(s[v]) < kLimit;
                 },
                 {writer[me]});
    }
    // The end answers a request by a response, a reset or an acknowledgement.
    reads
        .Idle("frames", IsSet(socket[other]), {writer[other]},
              [this, me, other, kind](Model::State& s) {
                const char frame = s[socket[other]].front();
                s[socket[other]].erase(0, 1);
                if (frame != 'r') return;
                const bool merges = kind == Kind::kMerging;
                if (!merges || Answers(s[buffer[me]]) == 0) {
                  s[buffer[me]] += 'a';
                }
              })
        .Repeat();
    model.On(writer[me])
        .Idle("items", IsSet(buffer[me]), {reader[me]},
              [this, me](Model::State& s) {
                s[taken[me]] = s[buffer[me]].substr(0, 1);
                s[buffer[me]].erase(0, 1);
              })
        .Wait(
            "space in the socket",
            [this, me](const Model::State& s) {
              return s[socket[me]].size() < kSocket;
            },
            {reader[other]},
            [this, me](Model::State& s) {
              s[socket[me]] += s[taken[me]];
              s[taken[me]] = "";
            })
        .Repeat();
  }

  // Checks that everything got through.
  void CheckEnds(const Model::Report& report) {
    EXPECT_FALSE(report.ends.empty());
    for (const Model::State& end : report.ends) {
      for (const size_t i : {0, 1}) {
        EXPECT_EQ(end[buffer[i]] + end[taken[i]] + end[socket[i]], "");
      }
    }
  }

  // Applications of both ends have queued more than the sockets take.
  Model model;
  std::array<Model::Variable, 2> buffer = {model.AddVariable("rrrr"),
                                           model.AddVariable("rrrr")};
  std::array<Model::Variable, 2> taken = {model.AddVariable(),
                                          model.AddVariable()};
  // The sockets from each end to the other.
  std::array<Model::Variable, 2> socket = {model.AddVariable(),
                                           model.AddVariable()};
  std::array<Model::Agent, 2> reader = {model.AddAgent("client's reader"),
                                        model.AddAgent("server's reader")};
  std::array<Model::Agent, 2> writer = {model.AddAgent("client's writer"),
                                        model.AddAgent("server's writer")};
};

TEST(FullBuffersTest, TwoReadersThatStopAreACycle) {
  Connection connection(Kind::kThrottled, Kind::kThrottled);
  const Model::Report report = connection.model.Explore();
  ASSERT_TRUE(report.deadlock.has_value());
  EXPECT_TRUE(report.deadlock->is_cycle);
  EXPECT_EQ(
      report.deadlock->waits,
      (Lines{"client's reader waits for fewer answers, ended by client's "
             "writer",
             "client's writer waits for space in the socket, ended by server's "
             "reader",
             "server's reader waits for fewer answers, ended by server's "
             "writer",
             "server's writer waits for space in the socket, ended by client's "
             "reader"}));
}

// Catches: a reader that waits for its writer; answers that do not merge.
TEST(FullBuffersTest, TwoReadersThatMergeAreNone) {
  Connection connection(Kind::kMerging, Kind::kMerging);
  size_t most = 0;
  const Model::Report report =
      connection.model.Explore([&](const Model::State& s) {
        for (const size_t i : {0, 1}) {
          most = std::max(most, Answers(s[connection.buffer[i]]));
        }
      });
  EXPECT_FALSE(report.deadlock.has_value()) << report.deadlock->ToString();
  EXPECT_EQ(most, 1u) << "and what waits is bounded";
  connection.CheckEnds(report);
}

// One end that never stops is enough: a grpc-go server and our client.
TEST(FullBuffersTest, OneReaderThatMergesIsEnough) {
  Connection connection(Kind::kMerging, Kind::kThrottled);
  const Model::Report report = connection.model.Explore();
  EXPECT_FALSE(report.deadlock.has_value()) << report.deadlock->ToString();
  connection.CheckEnds(report);
}

// Answers have to merge: a reader that never stops and queues them has no
// bound.
TEST(FullBuffersTest, WithoutMergingAnswersPileUp) {
  Connection connection(Kind::kUnbounded, Kind::kUnbounded);
  size_t most = 0;
  const Model::Report report =
      connection.model.Explore([&](const Model::State& s) {
        most = std::max(most, Answers(s[connection.buffer[0]]));
      });
  EXPECT_FALSE(report.deadlock.has_value());
  EXPECT_GT(most, kLimit);
}

}  // namespace
}  // namespace loopy
