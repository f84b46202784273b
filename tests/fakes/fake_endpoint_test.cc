#include "tests/fakes/fake_endpoint.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "transport/base/endpoint.h"
#include "transport/base/slice.h"

namespace loopy {
namespace {

using WriteMode = FakeEndpoint::WriteMode;

// Records the callbacks.
class Recorder final : public Endpoint::ReadObserver,
                       public Endpoint::WriteObserver {
 public:
  void OnRead(absl::Status status, SliceBuffer* bytes) override {
    reads.push_back(status.ok() ? bytes->ToString() : status.ToString());
  }
  void OnWriteDone(absl::Status status) override {
    writes.push_back(std::move(status));
  }
  void OnTurn() override { ++turns; }
  void OnTakeOver() override { ++take_overs; }

  std::vector<std::string> reads;
  std::vector<absl::Status> writes;
  int turns = 0;
  int take_overs = 0;
};

class FakeEndpointTest : public testing::Test {
 protected:
  FakeEndpointTest() { endpoint_->SetObservers(&recorder_, &recorder_); }

  void Write(const std::string& bytes) {
    SliceBuffer buffer(Slice::FromCopy(bytes));
    endpoint_->StartWrite(&buffer);
    EXPECT_TRUE(buffer.empty());
  }

  Recorder recorder_;
  std::shared_ptr<FakeEndpoint> endpoint_ = std::make_shared<FakeEndpoint>();
};

using Strings = std::vector<std::string>;
using Statuses = std::vector<absl::Status>;

TEST_F(FakeEndpointTest, DeliversBytesToAReadThatWaits) {
  endpoint_->StartRead();
  EXPECT_TRUE(endpoint_->read_pending());
  endpoint_->Feed("hello");
  EXPECT_EQ(recorder_.reads, Strings{"hello"});
  EXPECT_FALSE(endpoint_->read_pending());
}

TEST_F(FakeEndpointTest, KeepsBytesUntilARead) {
  endpoint_->Feed("he");
  endpoint_->Feed("llo");
  EXPECT_TRUE(recorder_.reads.empty());
  endpoint_->StartRead();
  EXPECT_TRUE(recorder_.reads.empty()) << "never inside StartRead";
  EXPECT_EQ(endpoint_->Pump(), 1u);
  EXPECT_EQ(recorder_.reads, Strings{"hello"});
}

TEST_F(FakeEndpointTest, AClosedPeerEndsReadsAfterItsBytes) {
  endpoint_->Feed("last");
  endpoint_->CloseByPeer();
  endpoint_->Feed("too late");
  for (int i = 0; i < 3; ++i) {
    endpoint_->StartRead();
    EXPECT_EQ(endpoint_->Pump(), 1u);
  }
  const std::string closed = "UNAVAILABLE: Socket closed";
  EXPECT_EQ(recorder_.reads, (Strings{"last", closed, closed}));
}

TEST_F(FakeEndpointTest, AClosedPeerEndsAReadThatWaits) {
  endpoint_->StartRead();
  endpoint_->CloseByPeer(absl::InternalError("reset"));
  EXPECT_EQ(recorder_.reads, Strings{"INTERNAL: reset"});
}

TEST_F(FakeEndpointTest, AManualWriteEndsByCompleteWrite) {
  EXPECT_FALSE(endpoint_->CompleteWrite());
  Write("one");
  EXPECT_EQ(endpoint_->Pump(), 0u);
  EXPECT_TRUE(endpoint_->write_pending());
  EXPECT_TRUE(endpoint_->CompleteWrite());
  EXPECT_EQ(recorder_.writes, Statuses{absl::OkStatus()});
  EXPECT_FALSE(endpoint_->CompleteWrite());
  Write("two");
  EXPECT_EQ(endpoint_->writes(), (Strings{"one", "two"}));
  EXPECT_EQ(endpoint_->TakeWritten(), "onetwo");
  EXPECT_EQ(endpoint_->TakeWritten(), "");
  EXPECT_TRUE(endpoint_->CompleteWrite());
}

TEST_F(FakeEndpointTest, AnAutomaticWriteEndsInPump) {
  endpoint_->SetWriteMode(WriteMode::kAutomatic);
  Write("one");
  EXPECT_TRUE(recorder_.writes.empty()) << "never inside StartWrite";
  EXPECT_EQ(endpoint_->Pump(), 1u);
  EXPECT_EQ(recorder_.writes, Statuses{absl::OkStatus()});
}

TEST_F(FakeEndpointTest, AStuckWriteEndsByFailureOnly) {
  endpoint_->SetWriteMode(WriteMode::kStuck);
  Write("one");
  EXPECT_EQ(endpoint_->Pump(), 0u);
  EXPECT_FALSE(endpoint_->CompleteWrite());
  EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  const absl::Status broken = absl::UnavailableError("broken pipe");
  EXPECT_EQ(recorder_.writes, Statuses{broken});
  Write("two");
  EXPECT_EQ(endpoint_->Pump(), 1u);
  EXPECT_EQ(recorder_.writes, (Statuses{broken, broken}));
  EXPECT_EQ(endpoint_->writes(), Strings{"one"}) << "nobody took the second";
}

TEST_F(FakeEndpointTest, ThePeerReadsAgain) {
  endpoint_->SetWriteMode(WriteMode::kStuck);
  Write("one");
  endpoint_->SetWriteMode(WriteMode::kAutomatic);
  EXPECT_EQ(endpoint_->Pump(), 1u);
  EXPECT_EQ(recorder_.writes, Statuses{absl::OkStatus()});
}

TEST_F(FakeEndpointTest, AnAutomaticWriteCanBecomeStuck) {
  endpoint_->SetWriteMode(WriteMode::kAutomatic);
  Write("one");
  endpoint_->SetWriteMode(WriteMode::kStuck);
  EXPECT_EQ(endpoint_->Pump(), 0u);
  EXPECT_TRUE(endpoint_->write_pending());
  endpoint_->SetWriteMode(WriteMode::kManual);
  EXPECT_TRUE(endpoint_->CompleteWrite());
}

TEST_F(FakeEndpointTest, ShutdownEndsBothInPump) {
  const absl::Status why = absl::CancelledError("closed");
  endpoint_->SetWriteMode(WriteMode::kStuck);
  endpoint_->StartRead();
  Write("one");
  EXPECT_FALSE(endpoint_->shutdown().has_value());
  endpoint_->Shutdown(why);
  endpoint_->Shutdown(absl::InternalError("second"));
  EXPECT_TRUE(recorder_.reads.empty()) << "never inside Shutdown";
  EXPECT_TRUE(recorder_.writes.empty());
  EXPECT_EQ(endpoint_->Pump(), 2u);
  EXPECT_EQ(recorder_.reads, Strings{"CANCELLED: closed"});
  EXPECT_EQ(recorder_.writes, Statuses{why});
  EXPECT_EQ(endpoint_->shutdown(), why);
  EXPECT_FALSE(endpoint_->aborted());
}

TEST_F(FakeEndpointTest, NothingSucceedsAfterShutdown) {
  endpoint_->Feed("unread");
  endpoint_->SetWriteMode(WriteMode::kAutomatic);
  endpoint_->Abort(absl::CancelledError("closed"));
  EXPECT_TRUE(endpoint_->aborted());
  endpoint_->Feed("late");
  endpoint_->StartRead();
  Write("one");
  EXPECT_EQ(endpoint_->Pump(), 2u);
  EXPECT_EQ(recorder_.reads, Strings{"CANCELLED: closed"});
  EXPECT_EQ(recorder_.writes, Statuses{absl::CancelledError("closed")});
  EXPECT_EQ(endpoint_->TakeWritten(), "");
}

TEST_F(FakeEndpointTest, ReportsItsDestruction) {
  std::unique_ptr<Endpoint> lent = endpoint_->Lend();
  lent->StartRead();
  lent->Shutdown(absl::CancelledError("closed"));
  endpoint_->Pump();
  EXPECT_FALSE(endpoint_->destroyed());
  lent.reset();
  EXPECT_TRUE(endpoint_->destroyed());
}

TEST_F(FakeEndpointTest, TwoReadsAtATimeFailTheTest) {
  endpoint_->StartRead();
  EXPECT_NONFATAL_FAILURE(endpoint_->StartRead(), "two reads at a time");
  endpoint_->CloseByPeer();
}

TEST_F(FakeEndpointTest, TwoWritesAtATimeFailTheTest) {
  Write("one");
  EXPECT_NONFATAL_FAILURE(Write("two"), "two writes at a time");
  EXPECT_TRUE(endpoint_->CompleteWrite());
}

TEST_F(FakeEndpointTest, AWriteOfNothingFailsTheTest) {
  EXPECT_NONFATAL_FAILURE(Write(""), "write of no bytes");
  EXPECT_TRUE(endpoint_->CompleteWrite());
}

TEST_F(FakeEndpointTest, GivesEachTurnOnce) {
  EXPECT_FALSE(endpoint_->RequestTurn());
  endpoint_->SetGivesTurns(true);
  EXPECT_TRUE(endpoint_->RequestTurn());
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_FALSE(endpoint_->GiveTurn());
  EXPECT_FALSE(endpoint_->MaybeHandOver());
  endpoint_->HandOverNextWrite();
  EXPECT_TRUE(endpoint_->MaybeHandOver());
  EXPECT_EQ(endpoint_->Pump(), 1u);
  EXPECT_FALSE(endpoint_->HandOver());
  endpoint_->SetHandsOver(true);
  EXPECT_TRUE(endpoint_->HandOver());
  EXPECT_TRUE(endpoint_->GiveTurn());
  EXPECT_EQ(recorder_.turns, 1);
  EXPECT_EQ(recorder_.take_overs, 2);
}

TEST_F(FakeEndpointTest, DestroyingItDuringAReadFailsTheTest) {
  std::unique_ptr<Endpoint> lent = endpoint_->Lend();
  lent->StartRead();
  EXPECT_NONFATAL_FAILURE(lent.reset(), "under way");
}

// A user with threads of its own. It writes again as soon as a write has ended.
class EchoingWriter final : public Endpoint::ReadObserver,
                            public Endpoint::WriteObserver {
 public:
  explicit EchoingWriter(FakeEndpoint* endpoint) : endpoint_(endpoint) {}

  void OnRead(absl::Status status, SliceBuffer*) override {
    read_ended = !status.ok();
    if (!read_ended) endpoint_->StartRead();
  }
  void OnWriteDone(absl::Status status) override {
    ++writes_done;
    write_ended = !status.ok();
    if (!write_ended) Write();
  }
  void OnTurn() override {}
  void OnTakeOver() override {}
  void Write() {
    SliceBuffer bytes(Slice::FromStatic("x"));
    endpoint_->StartWrite(&bytes);
  }

  bool read_ended = false;
  bool write_ended = false;
  size_t writes_done = 0;

 private:
  FakeEndpoint* const endpoint_;
};

TEST(FakeEndpointThreadsTest, ReadsWritesAndShutdownAtTheSameTime) {
  FakeEndpoint endpoint(WriteMode::kManual);
  EchoingWriter user(&endpoint);
  endpoint.SetObservers(&user, &user);
  endpoint.StartRead();
  user.Write();
  std::thread feeder([&] {
    for (int i = 0; i < 1000; ++i) endpoint.Feed("y");
  });
  std::thread completer([&] {
    for (int i = 0; i < 1000; ++i) endpoint.CompleteWrite();
  });
  endpoint.Shutdown(absl::CancelledError("closed"));
  feeder.join();
  completer.join();
  endpoint.Pump();
  EXPECT_TRUE(user.read_ended);
  EXPECT_TRUE(user.write_ended);
  // Shutdown may have ended a write that nobody took.
  EXPECT_GE(user.writes_done, endpoint.writes().size());
  EXPECT_LE(user.writes_done, endpoint.writes().size() + 1);
}

}  // namespace
}  // namespace loopy
