#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"
#include "transport/writer/loopy_writer.h"

namespace loopy {
namespace {

// A call whose HEADERS are in the write that fails, behind one whose HEADERS
// were written.
class FailedRequestTest : public ConnectionFixture {
 protected:
  void WriteOldRequest() {
    Connect();
    StartCall();
    DropFrames();
    for (const std::string& write : endpoint_->writes()) {
      written_ += write.size();
    }
  }
  void Start() {
    WriteOldRequest();
    StartCall();
  }
  void FailWrite() {
    EXPECT_TRUE(endpoint_->FailWrite(absl::UnavailableError("broken pipe")));
  }

  RecordingCall& old_call() { return *calls_[0].call; }
  RecordingCall& new_call() { return *calls_[1].call; }

  size_t written_ = 0;  // before the write that fails
};

// Catches: a call that no server can have seen, and that gRPC does not repeat,
// or repeats before it knows that it needs another connection.
TEST_F(FailedRequestTest, ARequestThatHasNotLeftTheHostIsNotSent) {
  Start();
  endpoint_->SetSentBytes(written_);
  new_call().on_end = [this] { EXPECT_TRUE(owner_->disconnect().has_value()); };
  FailWrite();
  EXPECT_TRUE(new_call().ended());
  EXPECT_EQ(new_call().end().processed, StreamEnd::Processed::kNotSentOnWire);
  EXPECT_FALSE(old_call().ended());
  endpoint_->CloseByPeer();
  endpoint_->Pump();
  EXPECT_EQ(old_call().end().processed,
            StreamEnd::Processed::kPossiblyProcessed);
}

// Catches: a request repeated that the server may have.
TEST_F(FailedRequestTest, ARequestOfWhichAByteWasSentMayBeSeen) {
  Start();
  endpoint_->SetSentBytes(written_ + 1);
  FailWrite();
  EXPECT_FALSE(new_call().ended());
  endpoint_->CloseByPeer();
  endpoint_->Pump();
  EXPECT_EQ(new_call().end().processed,
            StreamEnd::Processed::kPossiblyProcessed);
}

// Catches: a request written to a peer that has closed in a pause.
TEST_F(FailedRequestTest, ARequestToAPeerThatHasClosedIsNotWritten) {
  WriteOldRequest();
  clock_.Advance(LoopyWriter::kPause);
  endpoint_->CloseByPeerUnseen();
  StartCall();
  EXPECT_TRUE(new_call().ended());
  EXPECT_EQ(new_call().end().processed, StreamEnd::Processed::kNotSentOnWire);
  EXPECT_EQ(endpoint_->TakeWritten(), "");
  EXPECT_FALSE(old_call().ended());  // its answer may have come
}

// Catches: data held back from a peer that has closed. A proxy may forward it.
TEST_F(FailedRequestTest, DataToAPeerThatHasClosedIsWritten) {
  WriteOldRequest();
  clock_.Advance(LoopyWriter::kPause);
  endpoint_->CloseByPeerUnseen();
  EXPECT_TRUE(calls_[0].Send("data"));
  EXPECT_NE(endpoint_->TakeWritten(), "");
}

// Catches: the HEADERS of an earlier write taken for those of this one.
TEST_F(FailedRequestTest, DataOfAnEarlierRequestIsNoRequest) {
  WriteOldRequest();
  EXPECT_TRUE(calls_[0].Send("data"));
  endpoint_->SetSentBytes(written_);
  FailWrite();
  EXPECT_FALSE(old_call().ended());
}

}  // namespace
}  // namespace loopy
