#ifndef LOOPY_TESTS_STREAM_STREAM_FIXTURE_H_
#define LOOPY_TESTS_STREAM_STREAM_FIXTURE_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_clock.h"
#include "tests/stream/recording_call.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/control/control_buffer.h"
#include "transport/hpack/header_list.h"
#include "transport/stream/message_assembler.h"
#include "transport/stream/stream.h"
#include "transport/stream/stream_owner.h"

namespace loopy {

// A connection that only records what streams ask of it.
class RecordingOwner final : public StreamOwner {
 public:
  OutboundStream::Send OpenStream(
      const std::shared_ptr<Stream>& stream) override {
    stream->outbound()->id = next_id_;
    next_id_ += 2;
    opened.push_back(stream->id());
    if (must_wait) return OutboundStream::Send::kWaits;
    stream->outbound()->Open();
    return OutboundStream::Send::kAccepted;
  }
  void CloseStream(const Stream* stream) override {
    MutexLock lock(&mu_);
    closed.push_back(stream->id());
  }
  void Flush() override { ++flushes; }
  uint32_t MaxConcurrentStreams() override { return max_concurrent_streams; }
  const WriterProgress& writer_progress() const override { return progress; }

  FakeClock fake_clock;
  ControlBuffer buffer;
  std::vector<uint32_t> opened;
  std::vector<uint32_t> closed;
  bool must_wait = false;  // there is no slot for a further stream
  int flushes = 0;
  uint32_t max_concurrent_streams = 100;
  WriterProgress progress;

 private:
  Mutex mu_{LockRank::kTest};
  uint32_t next_id_ = 1;
};

inline HeaderList Headers(
    std::initializer_list<std::pair<absl::string_view, absl::string_view>>
        fields) {
  HeaderList list;
  for (const auto& [name, value] : fields) list.Add(name, value);
  return list;
}
inline HeaderList ResponseHeaders() {
  return Headers({{":status", "200"}, {"content-type", "application/grpc"}});
}
inline HeaderList Trailers(absl::string_view grpc_status = "0") {
  return Headers({{"grpc-status", grpc_status}});
}

inline Message MessageOf(absl::string_view bytes) {
  Message message;
  message.payload.Append(Slice::FromCopy(bytes));
  return message;
}
// Returns a message as it is on the wire.
inline std::string Framed(absl::string_view bytes) {
  return FrameMessage(MessageOf(bytes)).ToString();
}

// Has a stream and its call. The test is reader and writer.
class StreamFixture : public testing::Test {
 protected:
  // The struct has what the writer has taken.
  struct Taken {
    bool headers = false;
    std::string bytes;
    bool end_stream = false;
    uint32_t to_peer = 0;
    bool closed = false;
  };

  // Starts a stream whose request headers the writer has not taken.
  void StartUnwritten(ConnectionOptions options, absl::Time deadline) {
    stream_ = std::make_shared<Stream>(owner_, &owner_->buffer,
                                       &owner_->fake_clock, options);
    stream_->Start(Headers({{":path", "/s/m"}}), deadline, call_);
  }
  void StartStream(ConnectionOptions options, absl::Time deadline) {
    StartUnwritten(options, deadline);
    EXPECT_TRUE(TakePut().headers);
  }
  void StartStream() {
    StartStream(ConnectionOptions(), absl::InfiniteFuture());
  }

  // Every stream of a test ends once, and leaves its connection once.
  void TearDown() override {
    if (stream_ == nullptr) return;
    stream_->Cancel(absl::CancelledError("end of test"));
    EXPECT_TRUE(call_->ended());
    EXPECT_EQ(owner_->closed.size(), 1u);
    TakePut();  // the remaining link holds the stream, which holds its owner
  }

  void ReceiveData(absl::string_view bytes, bool end_stream = false,
                   uint32_t padding = 0) {
    SliceBuffer payload(Slice::FromCopy(bytes));
    const uint32_t size = static_cast<uint32_t>(bytes.size()) + padding;
    stream_->OnData(&payload, size, end_stream);
  }

  // Takes what was put since the last call, as the writer does.
  Taken TakePut() {
    Taken taken;
    if (!owner_->buffer.MaybeBecomeWriter()) return taken;
    ControlBatch batch;
    while (owner_->buffer.Take(/*more=*/false, &batch)) {
      while (const std::shared_ptr<OutboundStream> stream =
                 batch.TakeStream()) {
        TakeFrom(stream.get(), &taken);
      }
    }
    return taken;
  }
  // Returns the increments of WINDOW_UPDATE that were put.
  uint32_t TakeIncrement() { return TakePut().to_peer; }

  // Returns the code that the ended stream is reset with.
  absl::optional<Http2ErrorCode> reset() {
    EXPECT_EQ(owner_->closed.size(), 1u);
    EXPECT_TRUE(TakePut().closed);
    return reset_;
  }

  const std::shared_ptr<RecordingOwner> owner_ =
      std::make_shared<RecordingOwner>();
  const std::shared_ptr<RecordingCall> call_ =
      std::make_shared<RecordingCall>();
  std::shared_ptr<Stream> stream_;

 private:
  void TakeFrom(OutboundStream* stream, Taken* taken) {
    const OutboundStream::Work work = stream->TakeWork();
    taken->headers |= work.open;
    taken->end_stream |= work.end_of_stream;
    taken->to_peer += work.to_peer;
    taken->closed |= work.closed;
    if (work.closed) reset_ = work.reset;
    if (!work.has_data) return;
    SliceBuffer bytes;
    taken->end_stream |=
        stream->TakeData(std::numeric_limits<uint32_t>::max(), &bytes)
            .end_stream;
    taken->bytes += bytes.ToString();
  }

  absl::optional<Http2ErrorCode> reset_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_STREAM_STREAM_FIXTURE_H_
