#include "transport/reader/reader_loop.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_endpoint.h"
#include "tests/wire/frame_builder.h"
#include "tests/wire/recording_sink.h"

namespace loopy {
namespace {

class ReaderLoopTest : public testing::Test, public ReaderObserver {
 protected:
  ReaderLoopTest() { endpoint_->SetObservers(&reader_, nullptr); }

  // Ends exactly once, unless it was never started.
  void TearDown() override {
    if (events_.empty() && !endpoint_->read_pending()) return;
    endpoint_->CloseByPeer();
    endpoint_->Pump();
    EXPECT_EQ(ends_, 1);
    EXPECT_FALSE(endpoint_->read_pending());
  }

  void Start(const std::string& leftover = "") {
    SliceBuffer buffer;
    if (!leftover.empty()) buffer.Append(Slice::FromCopy(leftover));
    reader_.Start(&buffer);
  }

  void OnBytesRead() override { events_.push_back("bytes"); }
  void OnReadHandled() override { events_.push_back("handled"); }
  void OnProtocolError(Http2Error error) override {
    ++ends_;
    events_.push_back(error.ToString());
  }
  void OnReadFailed(absl::Status status) override {
    ++ends_;
    events_.push_back(status.ToString());
  }

  using Strings = std::vector<std::string>;

  const std::shared_ptr<FakeEndpoint> endpoint_ =
      std::make_shared<FakeEndpoint>();
  RecordingSink sink_;
  FrameParser parser_{&sink_};
  ReaderLoop reader_{endpoint_.get(), &parser_, this};
  Strings events_;
  int ends_ = 0;
};

TEST_F(ReaderLoopTest, ReadsParsesAndReadsAgain) {
  Start();
  EXPECT_TRUE(endpoint_->read_pending());
  for (int i = 0; i < 3; ++i) {
    endpoint_->Feed(FrameBuilder().Ping(1).Ping(2).str());
    EXPECT_TRUE(endpoint_->read_pending());
  }
  EXPECT_EQ(sink_.frames.size(), 6u);
  EXPECT_EQ(events_, (Strings{"bytes", "handled", "bytes", "handled", "bytes",
                              "handled"}));
}

TEST_F(ReaderLoopTest, ParsesWhatWasReadBefore) {
  Start(FrameBuilder().Ping(1).str());
  EXPECT_EQ(sink_.frames.size(), 1u);
  EXPECT_EQ(events_, (Strings{"bytes", "handled"}));
  EXPECT_TRUE(endpoint_->read_pending());
}

TEST_F(ReaderLoopTest, AFrameMayComeInPieces) {
  const std::string bytes = FrameBuilder().Ping(1).str();
  Start(bytes.substr(0, 3));
  for (const char byte : bytes.substr(3)) {
    endpoint_->Feed(std::string(1, byte));
  }
  EXPECT_EQ(sink_.frames.size(), 1u);
}

TEST_F(ReaderLoopTest, StopsAtAnError) {
  Start();
  endpoint_->Feed(FrameBuilder().Continuation(1, "").str());
  EXPECT_EQ(events_.size(), 2u);
  EXPECT_EQ(events_[0], "bytes");
  EXPECT_NE(events_[1].find("connection error PROTOCOL_ERROR"),
            std::string::npos)
      << events_[1];
  EXPECT_FALSE(endpoint_->read_pending());
}

TEST_F(ReaderLoopTest, StopsAtAnErrorOfWhatWasReadBefore) {
  Start(FrameBuilder().Continuation(1, "").str());
  EXPECT_EQ(ends_, 1);
  EXPECT_FALSE(endpoint_->read_pending());
}

TEST_F(ReaderLoopTest, TellsOfTheEnd) {
  Start();
  endpoint_->CloseByPeer();
  EXPECT_EQ(events_, Strings{"UNAVAILABLE: Socket closed"});
}

TEST_F(ReaderLoopTest, TellsOfAShutdown) {
  Start();
  endpoint_->Shutdown(absl::CancelledError("closed"));
  endpoint_->Pump();
  EXPECT_EQ(events_, Strings{"CANCELLED: closed"});
}

}  // namespace
}  // namespace loopy
