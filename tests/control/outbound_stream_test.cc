#include "transport/control/outbound_stream.h"

#include <grpc/slice.h>

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "transport/control/control_buffer.h"

// These tests are about what a call has queued for the loopy writer. Those of
// the write quota are in stream_test.cc and loopy_writer_test.cc.

namespace loopy {
namespace {

using Send = OutboundStream::Send;

SliceBuffer Bytes(const std::string& bytes) {
  return SliceBuffer(Slice::FromCopy(bytes));
}

class OutboundStreamTest : public testing::Test, public OutboundObserver {
 protected:
  std::shared_ptr<OutboundStream> ShareOutbound() override { return stream_; }
  void OnMessageAccepted() override { ++accepted_; }

  // Takes the stream's work into work_. Returns whether the stream has asked
  // for the writer.
  bool Take() {
    ControlBatch batch;
    if (!buffer_.MaybeBecomeWriter()) return false;
    EXPECT_TRUE(buffer_.Take(/*more=*/false, &batch));
    EXPECT_EQ(batch.TakeStream(), stream_);
    work_ = stream_->TakeWork();
    EXPECT_FALSE(buffer_.Take(/*more=*/false, &batch));
    return true;
  }
  std::string TakeData() {
    SliceBuffer bytes;
    data_ = stream_->TakeData(1 << 20, &bytes);
    return bytes.ToString();
  }

  ControlBuffer buffer_;
  std::shared_ptr<OutboundStream> stream_ =
      std::make_shared<OutboundStream>(&buffer_, this, /*write_quota=*/100);
  OutboundStream::Work work_;
  OutboundStream::Data data_;
  int accepted_ = 0;
};

// Catches: the size of another message decides whether this one waits.
TEST_F(OutboundStreamTest, ALargeMessageWaitsUntilItIsWritten) {
  constexpr size_t kLarge = OutboundStream::kLargeMessage;
  stream_->Open();
  for (const size_t size : {kLarge, kLarge - 1, kLarge}) {
    accepted_ = 0;
    EXPECT_EQ(stream_->PutMessage(Bytes(std::string(size, 'x')), false, false),
              Send::kWaits);
    stream_->AcceptMessage();
    EXPECT_EQ(accepted_, 0) << "the quota is exceeded";
    TakeData();
    const bool is_large = size == kLarge;
    EXPECT_EQ(data_.completes_large_message, is_large);
    EXPECT_EQ(accepted_, is_large ? 0 : 1);
    EXPECT_TRUE(stream_->AcceptWrittenMessage());
    EXPECT_TRUE(stream_->AcceptWrittenMessage());
    EXPECT_EQ(accepted_, 1);
  }
  EXPECT_TRUE(Take());
}

TEST_F(OutboundStreamTest, ACallIsOneVisitOfTheWriter) {
  stream_->Open();
  EXPECT_EQ(stream_->PutMessage(Bytes("hello"), false, false), Send::kAccepted);
  EXPECT_EQ(stream_->PutEndOfStream(), Send::kAccepted);
  ASSERT_TRUE(Take());
  EXPECT_TRUE(work_.open);
  EXPECT_TRUE(work_.has_data);
  EXPECT_FALSE(work_.end_of_stream) << "it goes with the data";
  EXPECT_EQ(TakeData(), "hello");
  EXPECT_TRUE(data_.end_stream);
  EXPECT_FALSE(Take());
}

TEST_F(OutboundStreamTest, AnEndAfterTakenDataIsSeparateWork) {
  stream_->Open();
  stream_->PutMessage(Bytes("hello"), false, false);
  Take();
  TakeData();
  stream_->PutEndOfStream();
  ASSERT_TRUE(Take());
  EXPECT_TRUE(work_.end_of_stream);
  stream_->PutWindowUpdate(1);
  ASSERT_TRUE(Take());
  EXPECT_FALSE(work_.end_of_stream) << "once";
}

// (contract, 8) Catches: bytes that are kept until the writer finds the stream
// closed, which it does not during a stuck write.
TEST_F(OutboundStreamTest, CloseFreesTheQueueAtOnce) {
  bool freed = false;
  static char bytes[1000];
  stream_->Open();
  stream_->PutMessage(
      SliceBuffer(Slice(grpc_slice_new_with_user_data(
          bytes, sizeof(bytes),
          [](void* flag) { *static_cast<bool*>(flag) = true; }, &freed))),
      false, false);
  Take();  // the headers are written
  SliceBuffer frame;
  stream_->TakeData(10, &frame);  // half of the message is being written
  EXPECT_TRUE(stream_->Close(Http2ErrorCode::kCancel, false));
  frame.Clear();
  EXPECT_TRUE(freed);
  ASSERT_TRUE(Take());
  EXPECT_TRUE(work_.closed);
  EXPECT_EQ(work_.reset, Http2ErrorCode::kCancel);
}

TEST_F(OutboundStreamTest, NothingIsPutAfterClose) {
  stream_->Open();
  Take();
  EXPECT_TRUE(stream_->Close(absl::nullopt, true));
  Take();
  EXPECT_EQ(stream_->PutMessage(Bytes("late"), false, false), Send::kEnded);
  EXPECT_EQ(stream_->PutEndOfStream(), Send::kEnded);
  stream_->PutWindowUpdate(1);
  stream_->OnWindowUpdate(1);
  EXPECT_FALSE(Take());
}

// ---- GRPC_WRITE_BUFFER_HINT

// Catches: a message with the hint that is written by itself.
TEST_F(OutboundStreamTest, AMessageWithTheHintWaitsForTheNext) {
  stream_->Open();
  Take();
  EXPECT_EQ(stream_->PutMessage(Bytes("one "), false, true), Send::kAccepted);
  EXPECT_FALSE(Take());
  EXPECT_EQ(stream_->PutMessage(Bytes("two"), false, false), Send::kAccepted);
  ASSERT_TRUE(Take());
  EXPECT_TRUE(work_.has_data);
  EXPECT_EQ(TakeData(), "one two");
}

TEST_F(OutboundStreamTest, TheEndOfTheStreamReleasesTheHint) {
  stream_->Open();
  Take();
  stream_->PutMessage(Bytes("one"), false, true);
  stream_->PutEndOfStream();
  ASSERT_TRUE(Take());
  EXPECT_TRUE(work_.has_data);
}

// Catches: messages with the hint that are collected without bound.
TEST_F(OutboundStreamTest, TheHintHoldsNoMoreThanTheWriteQuota) {
  stream_->Open();
  Take();
  stream_->PutMessage(Bytes(std::string(60, 'x')), false, true);
  EXPECT_FALSE(Take());
  EXPECT_EQ(stream_->PutMessage(Bytes(std::string(60, 'x')), false, true),
            Send::kWaits);
  ASSERT_TRUE(Take());
  EXPECT_TRUE(work_.has_data);
  TakeData();
  EXPECT_EQ(accepted_, 1);
}

TEST_F(OutboundStreamTest, HeadersDoNotWaitForAMessageWithTheHint) {
  stream_->Open();
  stream_->PutMessage(Bytes("one"), false, true);
  ASSERT_TRUE(Take());
  EXPECT_TRUE(work_.open);
  EXPECT_FALSE(work_.has_data);
}

// ---- The deadline

// Catches: a grpc-timeout from the call's start. The server would go on for as
// long as the headers have waited.
TEST_F(OutboundStreamTest, TheTimeoutIsSetWhenHeadersAreWritten) {
  const absl::Time start = absl::UnixEpoch();
  HeaderList headers;
  headers.Add("first", "1");
  headers.Add("grpc-timeout", "10S");
  headers.Add("last", "2");
  stream_->SetRequest(headers, start + absl::Seconds(10), start);
  stream_->UpdateTimeout(start + absl::Microseconds(900));
  EXPECT_EQ(stream_->request_headers.Find("grpc-timeout"), "10S");
  stream_->UpdateTimeout(start + absl::Milliseconds(4001));
  EXPECT_EQ(stream_->request_headers.Find("grpc-timeout"), "5999m");
  EXPECT_EQ(stream_->request_headers.size(), 3u);
  EXPECT_EQ((*stream_->request_headers.begin()).name, "first");
  stream_->UpdateTimeout(start + absl::Seconds(11));
  EXPECT_EQ(stream_->request_headers.Find("grpc-timeout"), "1n");
}

}  // namespace
}  // namespace loopy
