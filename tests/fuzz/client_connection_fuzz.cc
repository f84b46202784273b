// Fuzzes a whole connection. The input has bytes that choose its options, and
// then steps: a byte that chooses the step, and bytes that choose its details.
// A step is an act of the application, of the kernel (with writes) or of the
// peer (well-formed frames, odd ones and any bytes), or time that passes.
//
// Whatever the steps are, the client writes only what HTTP/2 allows, within the
// peer's windows, and nothing after GOAWAY. Each call ends once, and so does
// each wait for a ping. The headers of a call that counts as not sent were not
// written. What a call has queued is freed when it ends, and nothing is left at
// the end.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"
#include "tests/fuzz/connection_steps.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/peer_frames.h"
#include "tests/fuzz/peer_view.h"

namespace loopy {
namespace {

// These bound one run.
constexpr size_t kMaxCalls = 200;
constexpr size_t kMaxSentBytes = 2 << 20;
constexpr size_t kMaxFedBytes = 2 << 20;

// CallHabits say what a call does inside its callbacks.
enum CallHabits : uint8_t {
  kReadsAll = 1,
  kSendsOn = 2,
  kStartsAnother = 4,
  kCancelsAtHeaders = 8,
  kClosesConnection = 0x70,  // all three bits
};

struct FuzzedCall {
  TestCall test;
  std::weak_ptr<Stream> stream;
  uint8_t habits = 0;
  bool opens = false;         // waits for OnOpened
  bool waits = false;         // waits for OnMessageAccepted
  bool half_closed = false;   // sends no more
  bool reads = false;         // waits for OnMessageReady
  std::deque<bool> released;  // whether each sent message was freed
};

// A FuzzedPing counts how often each of its callbacks ran.
struct FuzzedPing {
  int written = 0;
  int answered = 0;
};

class FuzzedConnection final : public ConnectionFixture {
 public:
  explicit FuzzedConnection(FuzzInput input) : input_(input) {}

  void Run() {
    ConnectionOptions options;
    const uint8_t choice = input_.Byte();
    options.bdp_probe = (choice & 1) != 0;
    if ((choice & 2) != 0) options.stream_window = input_.Number(4) >> 1;
    if ((choice & 4) != 0) options.connection_window = input_.Number(4) >> 1;
    if ((choice & 8) != 0) options.keepalive_time = absl::Seconds(10);
    options.keepalive_permit_without_calls = (choice & 16) != 0;
    if ((choice & 32) != 0) options.max_receive_message_size = 1000;
    if ((choice & 64) != 0) options.write_quota = 1 + input_.Number(2);
    if ((choice & 128) != 0) options.max_header_list_size = input_.Number(2);
    if ((choice & 7) == 7) options.max_inflight_pings = 0;
    view_ = std::make_unique<PeerView>(options.max_frame_size);
    frames_ = std::make_unique<PeerFrames>(&input_, view_.get());
    Start(options);
    Check();
    while (!input_.empty()) {
      Step();
      Check();
    }
    End();
  }

 private:
  void TestBody() override {}

  void Step() {
    const auto step = static_cast<ConnectionStep>(
        input_.Byte() % (kFirstPeerStep + PeerFrames::kKinds));
    switch (step) {
      case kStartAndFlush:
      case kStart:
        StartFuzzedCall(input_.Byte());
        if (step == kStartAndFlush) connection_->Flush();
        return;
      case kPing:
        return SendPing();
      case kDrain:
        if (input_.Rarely()) connection_->Drain(absl::UnavailableError("why"));
        return;
      case kClose:
        if (input_.Rarely()) connection_->Close(absl::UnavailableError("why"));
        return;
      case kFlush:
        return connection_->Flush();
      case kSendSmall:
      case kSendLarge:
      case kEndOfStream:
      case kCancel:
      case kRead:
      case kForget:
        return CallStep(step);
      case kCompleteWrite:
      case kWriteMode:
      case kFailWrite:
      case kUnsentBytes:
      case kPump:
      case kCloseByPeer:
        return KernelStep(step);
      case kPassTime:
        return PassTime(input_.Number(2));
      default:
        return PeerStep(step - kFirstPeerStep);
    }
  }

  // ---- The application

  void CallStep(ConnectionStep step) {
    if (fuzzed_.empty()) return;
    const size_t index = input_.Byte() % fuzzed_.size();
    FuzzedCall& call = fuzzed_[index];
    const std::shared_ptr<Stream> stream = call.test.stream;
    if (stream == nullptr) return;
    switch (step) {
      case kSendSmall:
        Send(&call, input_.Byte());
        break;
      case kSendLarge:
        Send(&call, input_.Byte() * 1024);
        break;
      case kEndOfStream:
        call.half_closed = true;
        static_cast<void>(stream->SendEndOfStream());
        break;
      case kCancel:
        stream->Cancel(
            absl::CancelledError("cancelled"),
            input_.OneOf<Http2ErrorCode>(
                {Http2ErrorCode::kCancel, Http2ErrorCode::kNoError}));
        break;
      case kRead:
        ReadAll(&call);
        break;
      default:
        return Forget(index);
    }
    if (!input_.Bool()) connection_->Flush();
  }

  void StartFuzzedCall(uint8_t habits) {
    if (fuzzed_.size() >= kMaxCalls) return;
    fuzzed_.emplace_back();
    FuzzedCall* call = &fuzzed_.back();
    call->habits = habits;
    call->test.call = std::make_shared<RecordingCall>();
    call->test.stream = connection_->NewStream();
    calls_.push_back(call->test);
    SetCallbacks(call);
    HeaderList headers;
    headers.Add(":method", "POST");
    headers.Add(":scheme", "http");
    headers.Add(":path", "/service/method");
    headers.Add(":authority", "example.test");
    if (habits >= 128) headers.Add("x", std::string(habits * 100, 'x'));
    const std::shared_ptr<Stream> stream = call->test.stream;
    call->stream = stream;
    call->opens =
        stream->Start(std::move(headers), clock_.Now() + absl::Seconds(habits),
                      call->test.call) == Stream::Send::kWaits;
  }

  // Lets the application release the stream.
  void Forget(size_t index) {
    fuzzed_[index].test.stream = nullptr;
    calls_[index].stream = nullptr;
  }

  void SetCallbacks(FuzzedCall* call) {
    RecordingCall* callbacks = call->test.call.get();
    callbacks->on_headers = [call] {
      if ((call->habits & kCancelsAtHeaders) == 0) return;
      if (call->test.stream == nullptr) return;
      call->test.stream->Cancel(absl::CancelledError("at its headers"));
    };
    callbacks->on_message_ready = [this, call] {
      Require(std::exchange(call->reads, false), "ready, but nobody waits");
      if ((call->habits & kReadsAll) != 0) ReadAll(call);
    };
    callbacks->on_opened = [call] {
      Require(std::exchange(call->opens, false), "opened, but nobody waits");
    };
    callbacks->on_message_accepted = [this, call] {
      Require(std::exchange(call->waits, false), "accepted, but nothing waits");
      if ((call->habits & kSendsOn) != 0) Send(call, 2000);
    };
    callbacks->on_end = [this, call] {
      if ((call->habits & kStartsAnother) != 0) StartFuzzedCall(call->habits);
      if ((call->habits & kClosesConnection) == kClosesConnection) {
        connection_->Close(absl::UnavailableError("at a call's end"));
      }
    };
  }

  void Send(FuzzedCall* call, size_t size) {
    const std::shared_ptr<Stream> stream = call->test.stream;
    if (stream == nullptr || call->waits || call->half_closed) return;
    sent_bytes_ += size;
    if (sent_bytes_ > kMaxSentBytes) return;
    call->half_closed = size % 8 == 7;
    call->released.push_back(false);
    Message message;
    message.payload.Append(
        HeapSlice(std::string(size, 'm'), &call->released.back()));
    const bool buffer_hint = size % 8 == 6;
    switch (stream->SendMessage(std::move(message), call->half_closed,
                                buffer_hint)) {
      case Stream::Send::kAccepted:
        break;
      case Stream::Send::kWaits:
        call->waits = true;
        break;
      case Stream::Send::kEnded:
        Require(call->test.ended(), "a call that has ended was notified");
        break;
    }
  }

  void ReadAll(FuzzedCall* call) {
    const std::shared_ptr<Stream> stream = call->test.stream;
    if (stream == nullptr) return;
    while (true) {
      Message message;
      switch (stream->NextMessage(&message, /*then_wait=*/call->half_closed)) {
        case Stream::Next::kMessage:
          continue;
        case Stream::Next::kMessageThenWait:
        case Stream::Next::kWait:
          call->reads = true;
          return;
        case Stream::Next::kEnd:
          Require(call->test.ended(), "the end of a call that goes on");
          return;
        case Stream::Next::kBroken:
          stream->Cancel(stream->message_error());
          return;
      }
    }
  }

  void SendPing() {
    if (pings_.size() >= kMaxCalls) return;
    pings_.emplace_back();
    FuzzedPing* ping = &pings_.back();
    connection_->Ping([ping](const absl::Status&) { ++ping->written; },
                      [ping](const absl::Status&) { ++ping->answered; });
    if (!input_.Bool()) connection_->Flush();
  }

  // ---- The kernel

  void KernelStep(ConnectionStep step) {
    using Mode = FakeEndpoint::WriteMode;
    switch (step) {
      case kCompleteWrite:
        endpoint_->CompleteWrite();
        break;
      case kWriteMode:
        endpoint_->SetWriteMode(input_.OneOf<Mode>(
            {Mode::kManual, Mode::kAutomatic, Mode::kStuck}));
        break;
      case kFailWrite:
        if (!input_.Rarely()) break;
        writes_fail_ = true;
        endpoint_->FailWrite(absl::UnknownError("pipe"));
        break;
      case kUnsentBytes: {
        const uint8_t choice = input_.Byte();
        endpoint_->SetHasUnsentBytes((choice & 1) == 0);
        endpoint_->SetGivesTurns((choice & 2) != 0);
        if (choice == 'R') endpoint_->CloseByPeerUnseen();
        break;
      }
      case kPump:
        endpoint_->Pump();
        break;
      default:
        if (input_.Rarely()) endpoint_->CloseByPeer();
        break;
    }
  }

  // Memory is short in some of the times that end with an odd millisecond.
  void PassTime(uint32_t milliseconds) {
    owner_->memory_pressure =
        milliseconds % 2 == 0 ? 0 : (milliseconds / 2 % 8) / 7.0;
    clock_.Advance(absl::Milliseconds(milliseconds));
  }

  // ---- The peer

  void PeerStep(uint8_t kind) {
    std::string bytes = frames_->Make(kind);
    fed_bytes_ += bytes.size();
    if (fed_bytes_ > kMaxFedBytes || !endpoint_->read_pending()) return;
    Check();  // earlier writes cannot depend on it
    view_->OnPeerBytes(bytes, endpoint_->turn_pending());
    peer_.set_max_frame_size(view_->largest_max_frame_size());
    endpoint_->Feed(std::move(bytes));
  }

  // ---- The invariants after each step

  void Check() {
    for (const WrittenFrame& frame : TakeFrames()) view_->OnClientFrame(frame);
    if (!endpoint_->write_pending() && !endpoint_->turn_pending())
      view_->OnCaughtUp();
    for (size_t i = 0; i < fuzzed_.size(); ++i) {
      if (fuzzed_[i].test.ended()) CheckEnded(i);
    }
  }

  // Checks that ended calls are freed, however stuck the writer is.
  void CheckEnded(size_t index) {
    FuzzedCall& call = fuzzed_[index];
    for (const bool released : call.released) {
      Require(released, "what an ended call has queued is freed");
    }
    call.released.clear();
    if (call.test.stream != nullptr) {
      Require(call.test.call->end().processed !=
                      StreamEnd::Processed::kNotSentOnWire ||
                  !view_->Knows(call.test.stream->id()),
              "a call counts as not sent, and its headers were written");
      // Other calls first read what came before the end.
      if ((call.habits & kReadsAll) == 0) Forget(index);
      return;
    }
    // HEADERS in a write that fails, or that waits for a turn, are not seen.
    if (writes_fail_ || endpoint_->shutdown().has_value() ||
        endpoint_->turn_pending()) {
      return;
    }
    const std::shared_ptr<Stream> stream = call.stream.lock();
    Require(stream == nullptr || view_->Knows(stream->id()),
            "an ended stream goes, if its headers were not written");
  }

  void End() {
    connection_->Close(absl::UnavailableError("end of input"));
    endpoint_->Pump();
    while (endpoint_->CompleteWrite()) endpoint_->Pump();
    Check();
    clock_.Advance(options_.goaway_timeout);
    endpoint_->Pump();
    Check();
    for (const FuzzedPing& ping : pings_) {
      Require(ping.written == 1 && ping.answered == 1, "a ping ends once");
    }
    for (FuzzedCall& call : fuzzed_) {
      Require(call.test.ended(), "a call does not end");
      call.test.stream = nullptr;
    }
    connection_->Flush();  // an application flushes after every act
    TearDown();
  }

  FuzzInput input_;
  std::unique_ptr<PeerView> view_;
  std::unique_ptr<PeerFrames> frames_;
  std::deque<FuzzedCall> fuzzed_;  // parallel to calls_
  std::deque<FuzzedPing> pings_;
  bool writes_fail_ = false;
  size_t sent_bytes_ = 0;
  size_t fed_bytes_ = 0;
};

}  // namespace
}  // namespace loopy

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Failures of the fakes and of the fixture end the run, too.
  GTEST_FLAG_SET(throw_on_failure, true);
  loopy::FuzzedConnection(loopy::FuzzInput(absl::string_view(
                              reinterpret_cast<const char*>(data), size)))
      .Run();
  return 0;
}
