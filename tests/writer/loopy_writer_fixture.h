#ifndef LOOPY_TESTS_WRITER_LOOPY_WRITER_FIXTURE_H_
#define LOOPY_TESTS_WRITER_LOOPY_WRITER_FIXTURE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_endpoint.h"
#include "tests/writer/written_frames.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/control/control_buffer.h"
#include "transport/control/outbound_stream.h"
#include "transport/wire/settings.h"
#include "transport/writer/loopy_writer.h"

namespace loopy {

// The sending half of a stream, and what the writer says of it.
class WriterStream final : public OutboundObserver {
 public:
  WriterStream(ControlBuffer* buffer, uint32_t id, size_t write_quota)
      : outbound_(std::make_shared<OutboundStream>(buffer, this, write_quota)) {
    outbound_->id = id;
    outbound_->request_headers.Add(":path", absl::StrCat("/stream/", id));
  }

  std::shared_ptr<OutboundStream> ShareOutbound() override { return outbound_; }
  void OnMessageAccepted() override { ++accepted; }

  const std::shared_ptr<OutboundStream>& outbound() const { return outbound_; }

  int accepted = 0;

 private:
  const std::shared_ptr<OutboundStream> outbound_;
};

// A LoopyWriter over a FakeEndpoint. A test puts items, runs the writer and
// looks at the frames.
class LoopyWriterFixture : public testing::Test, public WriterObserver {
 protected:
  LoopyWriterFixture()
      : endpoint_(std::make_shared<FakeEndpoint>()),
        writer_(&buffer_, endpoint_.get(), &clock_, this, ConnectionOptions()) {
    endpoint_->SetObservers(nullptr, &writer_);
  }

  // Everything that the writer had is gone with CloseConnection.
  void TearDown() override {
    if (!finished_) {
      buffer_.Put(CloseConnection{});
      writer_.MaybeRun();
      while (endpoint_->GiveTurn() || endpoint_->CompleteWrite()) {
      }
      endpoint_->FailWrite(absl::UnavailableError("end of test"));
    }
    EXPECT_EQ(finished_, 1);
    EXPECT_FALSE(endpoint_->write_pending());
    for (const auto& stream : streams_) {
      EXPECT_EQ(stream->outbound().use_count(), 1) << stream->outbound()->id;
    }
  }

  // ---- What a test does.

  WriterStream* NewStream(size_t write_quota = size_t{1} << 40) {
    const uint32_t id = static_cast<uint32_t>(2 * streams_.size() + 1);
    streams_.push_back(
        std::make_unique<WriterStream>(&buffer_, id, write_quota));
    return streams_.back().get();
  }
  void PutOpen(WriterStream* stream) { stream->outbound()->Open(); }
  void PutData(WriterStream* stream, const std::string& bytes,
               bool end_stream = false) {
    SliceBuffer data;
    if (!bytes.empty()) data.Append(Slice::FromCopy(bytes));
    if (bytes.empty()) {
      stream->outbound()->PutEndOfStream();
    } else {
      stream->outbound()->PutMessage(std::move(data), end_stream,
                                     /*buffer_hint=*/false);
    }
  }
  void PutClose(WriterStream* stream, absl::optional<Http2ErrorCode> reset,
                bool peer_ended = false) {
    stream->outbound()->Close(reset, peer_ended);
  }
  WriterStream* Open() {
    WriterStream* stream = NewStream();
    PutOpen(stream);
    return stream;
  }
  void PutSettings(Settings settings) { buffer_.PutPeerSettings(settings); }

  // Runs the writer until it has nothing to write, and takes the frames.
  std::vector<WrittenFrame> ReadFrames() {
    writer_.MaybeRun();
    while (endpoint_->GiveTurn() || endpoint_->CompleteWrite()) {
    }
    return TakeFrames();
  }
  void DropFrames() { ReadFrames(); }
  std::vector<std::string> ReadTexts() { return Describe(ReadFrames()); }
  // Takes the frames of the write that is under way.
  std::vector<WrittenFrame> TakeFrames() {
    std::vector<WrittenFrame> frames = peer_.Parse(endpoint_->TakeWritten());
    EXPECT_TRUE(peer_.at_frame_boundary());
    return frames;
  }

  // ---- WriterObserver
  void OnPingWritten(uint64_t opaque) override { pings_.push_back(opaque); }
  void OnDataWritten() override { ++data_writes_; }
  void OnWriterError(Http2Error error) override {
    errors_.push_back(error.ToString());
  }
  void OnGoAwayWritten() override { ++goaways_written_; }
  void OnWriteFailed(absl::Status status,
                     uint32_t /*first_unsent_stream*/) override {
    failures_.push_back(std::move(status));
  }
  void OnBulkHeldBack() override { ++held_back_; }
  void OnMessageWaits() override { ++message_waits_; }
  void OnWriterFinished() override { ++finished_; }

  ControlBuffer buffer_;
  std::shared_ptr<FakeEndpoint> endpoint_;
  FakeClock clock_;
  LoopyWriter writer_;
  WrittenFrames peer_;
  std::vector<std::unique_ptr<WriterStream>> streams_;

  std::vector<uint64_t> pings_;
  std::vector<std::string> errors_;
  std::vector<absl::Status> failures_;
  int data_writes_ = 0;
  int goaways_written_ = 0;
  int held_back_ = 0;
  int message_waits_ = 0;
  int finished_ = 0;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_WRITER_LOOPY_WRITER_FIXTURE_H_
