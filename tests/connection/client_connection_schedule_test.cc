#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"

// Random schedules of what calls, the peer, the kernel and the clock do,
// against a model (contract, 7): every call ends once, in the very step that
// ends it and with that step's status; what is written is what was sent, within
// both windows, on streams that are open, with ids that rise; nothing follows
// our GOAWAY; nothing is left.

namespace loopy {
namespace {

using absl::StatusCode;

constexpr uint32_t kMaxStreams = 5;
constexpr int64_t kWindow = kDefaultWindow;

// A call, as it should be.
struct ModelCall {
  TestCall test;
  std::string sent;  // with prefixes
  bool sent_end = false;
  bool waits = false;  // a message, for the quota
  size_t accepted = 0;
  // Whether it should have ended, and with which code.
  bool ended = false;
  StatusCode code = StatusCode::kOk;
  bool end_checked = false;
};

// The peer's view of a stream.
struct PeerStream {
  ModelCall* call = nullptr;
  int64_t window = kWindow;
  std::string received;
  bool end_stream = false;
  bool reset = false;     // by us
  bool answered = false;  // HEADERS sent
  bool closed = false;    // by the peer

  bool open() const { return !reset && !closed; }
};

class ScheduleTest : public ConnectionFixture,
                     public testing::WithParamInterface<unsigned> {
 protected:
  void TearDown() override {
    peer_streams_.clear();
    model_calls_.clear();
    ConnectionFixture::TearDown();
  }

  size_t Random(size_t n) { return random_() % n; }

  // ---- The model's view of the wire

  void ReadWritten() {
    for (const WrittenFrame& frame : TakeFrames()) {
      PeerStream& stream = peer_streams_[frame.stream_id];
      switch (frame.type) {
        case FrameType::kHeaders:
          OnHeaders(frame, &stream);
          break;
        case FrameType::kData:
          OnData(frame, &stream);
          break;
        case FrameType::kRstStream:
          EXPECT_NE(stream.call, nullptr) << "RST_STREAM of an idle stream";
          EXPECT_FALSE(stream.reset) << "reset twice";
          stream.reset = true;
          break;
        case FrameType::kSettings:
          if (frame.ack) OnSettingsAck();
          break;
        case FrameType::kWindowUpdate:
          if (frame.stream_id == 0) peer_window_ += frame.increment;
          break;
        default:
          break;
      }
    }
  }

  void OnHeaders(const WrittenFrame& frame, PeerStream* stream) {
    EXPECT_EQ(frame.stream_id % 2, 1u);
    EXPECT_GT(frame.stream_id, last_id_) << "ids rise";
    last_id_ = frame.stream_id;
    EXPECT_LT(OpenStreams().size(), kMaxStreams) << "the peer's limit";
    stream->window = initial_window_;
    for (ModelCall& call : model_calls_) {
      if (call.test.id() == frame.stream_id) stream->call = &call;
    }
    ASSERT_NE(stream->call, nullptr);
    stream->end_stream = frame.end_stream;
  }

  void OnData(const WrittenFrame& frame, PeerStream* stream) {
    ASSERT_NE(stream->call, nullptr) << "DATA before HEADERS";
    EXPECT_FALSE(stream->end_stream) << "DATA after END_STREAM";
    EXPECT_FALSE(stream->reset) << "DATA after RST_STREAM";
    const int64_t n = static_cast<int64_t>(frame.payload.size());
    EXPECT_LE(n, kDefaultMaxFrameSize) << "the peer's limit";
    if (n > 0) {
      EXPECT_LE(n, stream->window) << "past the stream's window";
      EXPECT_LE(n, connection_window_) << "past the connection's window";
    }
    stream->window -= n;
    connection_window_ -= n;
    stream->received += frame.payload;
    stream->end_stream = frame.end_stream;
    const std::string& sent = stream->call->sent;
    EXPECT_EQ(stream->received, sent.substr(0, stream->received.size()));
    if (frame.end_stream) {
      EXPECT_TRUE(stream->call->sent_end);
      EXPECT_EQ(stream->received.size(), sent.size());
    }
  }

  void OnSettingsAck() {
    ASSERT_FALSE(unacked_windows_.empty()) << "one ACK a SETTINGS";
    const int64_t window = unacked_windows_.front();
    unacked_windows_.pop_front();
    for (auto& [id, stream] : peer_streams_) {
      stream.window += window - initial_window_;
    }
    initial_window_ = window;
  }

  std::vector<uint32_t> OpenStreams() {
    std::vector<uint32_t> ids;
    for (const auto& [id, stream] : peer_streams_) {
      const bool done = stream.end_stream && stream.closed;
      if (stream.call != nullptr && !stream.reset && !stream.closed && !done) {
        ids.push_back(id);
      }
    }
    return ids;
  }

  // ---- The model's end of calls

  void ExpectEnd(ModelCall* call, StatusCode code) {
    if (call->ended) return;
    call->ended = true;
    call->code = code;
  }
  void ExpectAllEnded(StatusCode code) {
    for (ModelCall& call : model_calls_) ExpectEnd(&call, code);
    over_ = true;
  }
  void MaybeDrained() {
    if (!draining_) return;
    for (const ModelCall& call : model_calls_) {
      if (!call.ended) return;
    }
    over_ = true;
  }

  void Check() {
    size_t live = 0;
    for (ModelCall& call : model_calls_) {
      if (call.end_checked) continue;
      ASSERT_EQ(call.test.ended(), call.ended)
          << "stream " << call.test.id() << ": "
          << (call.ended ? absl::OkStatus() : call.test.status());
      if (call.ended) {
        ASSERT_EQ(call.test.status().code(), call.code);
        call.end_checked = true;
      } else {
        ++live;
      }
      const Strings events = call.test.call->events();
      const size_t accepted = static_cast<size_t>(
          std::count(events.begin(), events.end(), "accepted"));
      ASSERT_LE(accepted, call.accepted + (call.waits ? 1 : 0));
      if (accepted > call.accepted) {
        call.accepted = accepted;
        call.waits = false;
      }
    }
    ASSERT_EQ(connection_->active_streams(), live);
  }

  // ---- Steps

  ModelCall* AnyLiveCall() {
    std::vector<ModelCall*> live;
    for (ModelCall& call : model_calls_) {
      if (!call.ended) live.push_back(&call);
    }
    return live.empty() ? nullptr : live[Random(live.size())];
  }

  void StepCall() {
    if (Random(10) == 0 && !model_calls_.empty()) {
      // Perhaps one that has ended: harmless.
      ModelCall& call = model_calls_[Random(model_calls_.size())];
      call.test.Cancel();
      ExpectEnd(&call, StatusCode::kCancelled);
      return MaybeDrained();
    }
    if (Random(3) == 0 || AnyLiveCall() == nullptr) {
      if (connection_->active_streams() >= 2 * kMaxStreams) return;
      model_calls_.emplace_back();
      model_calls_.back().test = StartCall();
      if (draining_ || over_) {
        ExpectEnd(&model_calls_.back(), StatusCode::kUnavailable);
      }
      return;
    }
    ModelCall* call = AnyLiveCall();
    switch (Random(8)) {
      case 1:
        if (call->sent_end) return;
        call->sent_end = true;
        call->test.stream->SendEndOfStream();
        call->test.stream->Flush();
        return;
      case 2: {
        Message message;
        call->test.stream->NextMessage(&message);
        call->test.stream->Flush();
        return;
      }
      default:
        if (call->sent_end || call->waits) return;
        const std::string bytes(Random(3) == 0 ? Random(100000) : Random(100),
                                static_cast<char>('a' + Random(26)));
        call->sent += Framed(bytes);
        call->sent_end = Random(5) == 0;
        call->waits = !call->test.Send(bytes, call->sent_end);
    }
  }

  void StepPeer() {
    const std::vector<uint32_t> open = OpenStreams();
    const uint32_t id = open.empty() ? 0 : open[Random(open.size())];
    PeerStream& stream = peer_streams_[id];
    switch (Random(12)) {
      case 0:
        if (id == 0) return;
        if (!stream.answered) Feed(ResponseHeaders(id));
        Feed(Trailers(id));
        stream.closed = true;
        ExpectEnd(stream.call, StatusCode::kOk);
        MaybeDrained();
        return;
      case 1:
        if (id == 0) return FeedToEndedStream();
        Feed(FrameBuilder().RstStream(id, Http2ErrorCode::kInternalError));
        stream.closed = true;
        ExpectEnd(stream.call, StatusCode::kInternal);
        MaybeDrained();
        return;
      case 2:
      case 3:
        if (id == 0 || stream.answered) return;
        Feed(ResponseHeaders(id));
        stream.answered = true;
        return;
      case 4:
        if (id == 0 || !stream.answered || peer_window_ < 200) return;
        peer_window_ -= 105;
        Feed(FrameBuilder().Data(id, Framed(std::string(100, 'r'))));
        return;
      case 5:
        if (unacked_windows_.size() > 30) return;
        unacked_windows_.push_back(static_cast<int64_t>(Random(100000)));
        PeerSettings({{4, static_cast<uint32_t>(unacked_windows_.back())}});
        return;
      case 6:
        if (Random(4) == 0 && unanswered_pings_++ < 60) {
          Feed(FrameBuilder().Ping(1));
        }
        return;
      default: {
        const uint32_t n = 1 + static_cast<uint32_t>(Random(30000));
        Feed(FrameBuilder().WindowUpdate(id, n));
        (id == 0 ? connection_window_ : stream.window) += n;
      }
    }
  }

  // Frames that were under way when we reset the stream.
  void FeedToEndedStream() {
    for (auto& [id, stream] : peer_streams_) {
      if (!stream.reset || stream.closed) continue;
      stream.closed = true;
      Feed(FrameBuilder().WindowUpdate(id, 1).RstStream(
          id, Http2ErrorCode::kInternalError));
      return;
    }
  }

  // Takes a step that is rare.
  void StepRare() {
    switch (Random(6)) {
      case 0:
        connection_->Close(absl::UnavailableError("closed"));
        return ExpectAllEnded(StatusCode::kUnavailable);
      case 1:
        endpoint_->CloseByPeer();
        endpoint_->Pump();
        return ExpectAllEnded(StatusCode::kUnavailable);
      case 2:
        if (!endpoint_->write_pending()) return;
        endpoint_->FailWrite(absl::UnavailableError("broken"));
        endpoint_->CloseByPeer();
        endpoint_->Pump();
        return ExpectAllEnded(StatusCode::kUnavailable);
      default: {
        if (draining_) return;
        draining_ = true;
        const uint32_t last = Random(2) == 0 ? 0x7fffffff : last_id_ | 1;
        Feed(FrameBuilder().GoAway(last, Http2ErrorCode::kNoError));
        for (ModelCall& call : model_calls_) {
          if (call.test.id() == 0 || call.test.id() > last) {
            ExpectEnd(&call, StatusCode::kUnavailable);
          }
        }
        MaybeDrained();
      }
    }
  }

  void StepKernel() {
    switch (Random(4)) {
      case 0:
        endpoint_->Pump();
        break;
      case 1:
        clock_.Advance(absl::Milliseconds(Random(20)));
        endpoint_->Pump();
        break;
      default:
        endpoint_->CompleteWrite();
    }
    unanswered_pings_ = endpoint_->write_pending() ? unanswered_pings_ : 0;
  }

  std::mt19937 random_{GetParam()};
  std::deque<ModelCall> model_calls_;
  std::map<uint32_t, PeerStream> peer_streams_;
  std::deque<int64_t> unacked_windows_;
  int64_t initial_window_ = kWindow;
  int64_t connection_window_ = kWindow;  // ours to send
  int64_t peer_window_ = kWindow;        // the peer's
  uint32_t last_id_ = 0;
  int unanswered_pings_ = 0;
  bool draining_ = false;
  bool over_ = false;
};

// Catches, each tried: a stream that ends twice, DATA past either window (a
// Consume left out), frames after GOAWAY, items handled after it was written,
// HEADERS before the RST_STREAM that frees their slot, turns that ignore the
// frame size.
TEST_P(ScheduleTest, KeepsToTheModel) {
  Start();
  Feed(FrameBuilder().Settings({{3, kMaxStreams}}));
  unacked_windows_.push_back(kWindow);
  for (int step = 0; step < 2000; ++step) {
    const size_t kind = Random(1000);
    if (kind == 0) {
      StepRare();
    } else if (kind < 400) {
      StepCall();
    } else if (kind < 700 && !over_) {
      StepPeer();
    } else {
      StepKernel();
    }
    ReadWritten();
    ASSERT_NO_FATAL_FAILURE(Check()) << "step " << step;
  }
  connection_->Close(absl::UnavailableError("end of test"));
  ExpectAllEnded(StatusCode::kUnavailable);
  Check();
}

INSTANTIATE_TEST_SUITE_P(Seeds, ScheduleTest, testing::Range(0u, 50u));

}  // namespace
}  // namespace loopy
