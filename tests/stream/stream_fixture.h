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

// A connection that only writes down what streams ask of it.
class RecordingOwner final : public StreamOwner {
 public:
  void OpenStream(const std::shared_ptr<Stream>& stream) override {
    stream->outbound()->id = next_id_;
    next_id_ += 2;
    opened.push_back(stream->id());
  }
  void CloseStream(const std::shared_ptr<Stream>& stream,
                   absl::optional<Http2ErrorCode> reset) override {
    MutexLock lock(&mu_);
    closed.emplace_back(stream->id(), reset);
  }
  void Flush() override { ++flushes; }
  ControlBuffer* control_buffer() override { return &buffer; }
  Clock* clock() override { return &fake_clock; }

  FakeClock fake_clock;
  ControlBuffer buffer;
  std::vector<uint32_t> opened;
  std::vector<std::pair<uint32_t, absl::optional<Http2ErrorCode>>> closed;
  int flushes = 0;

 private:
  Mutex mu_;
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
// A message as it is on the wire.
inline std::string Framed(absl::string_view bytes) {
  return FrameMessage(MessageOf(bytes)).ToString();
}

// A stream that its call has started. The test is reader and writer.
class StreamFixture : public testing::Test {
 protected:
  void StartStream(Stream::Options options, absl::Time deadline) {
    stream_ = std::make_shared<Stream>(owner_, options);
    stream_->Start(Headers({{":path", "/s/m"}}), deadline, call_);
  }
  void StartStream() {
    Stream::Options options;
    options.max_receive_message_size = std::numeric_limits<size_t>::max();
    StartStream(options, absl::InfiniteFuture());
  }

  // Every stream of a test ends once, and is given back once.
  void TearDown() override {
    if (stream_ == nullptr) return;
    stream_->Cancel(absl::CancelledError("end of test"));
    EXPECT_TRUE(call_->ended());
    EXPECT_EQ(owner_->closed.size(), 1u);
    TakePut();  // what is left holds its stream, and that its owner
  }

  void ReceiveData(absl::string_view bytes, bool end_stream = false,
                   uint32_t padding = 0) {
    SliceBuffer payload(Slice::FromCopy(bytes));
    const uint32_t size = static_cast<uint32_t>(bytes.size()) + padding;
    stream_->OnData(&payload, size, end_stream);
  }

  // What was put since the last time.
  ControlBatch TakePut() {
    ControlBatch batch;
    if (owner_->buffer.MaybeBecomeWriter()) {
      EXPECT_TRUE(owner_->buffer.Take(/*more=*/false, &batch));
      ControlBatch nothing;
      EXPECT_FALSE(owner_->buffer.Take(/*more=*/false, &nothing));
    }
    return batch;
  }
  // The increments of WINDOW_UPDATE in it.
  uint32_t TakeIncrement() {
    uint32_t sum = 0;
    for (const auto& update : TakePut().stream_updates) sum += update.to_peer;
    return sum;
  }

  absl::optional<Http2ErrorCode> reset() {
    EXPECT_EQ(owner_->closed.size(), 1u);
    return owner_->closed.at(0).second;
  }

  const std::shared_ptr<RecordingOwner> owner_ =
      std::make_shared<RecordingOwner>();
  const std::shared_ptr<RecordingCall> call_ =
      std::make_shared<RecordingCall>();
  std::shared_ptr<Stream> stream_;
};

}  // namespace loopy

#endif  // LOOPY_TESTS_STREAM_STREAM_FIXTURE_H_
