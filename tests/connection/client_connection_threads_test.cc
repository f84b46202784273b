#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/connection/connection_fixture.h"

// One writer at a time (contract, 4), whatever threads do: the fake endpoint
// fails the test at a second write, WrittenFrames at a torn frame, and
// ThreadSanitizer at writer's state that two threads touch. Catches: a
// MaybeBecomeWriter that does not look whether there is a writer.

namespace loopy {
namespace {

class ClientConnectionThreadsTest : public ConnectionFixture {
 protected:
  // The peer and its kernel: ends writes, and answers each request.
  void RunPeer() {
    while (!stop_.load()) {
      endpoint_->CompleteWrite();
      endpoint_->Pump();
      for (const WrittenFrame& frame : TakeFrames()) {
        if (frame.type == FrameType::kHeaders) {
          Feed(ResponseHeaders(frame.stream_id));
          Feed(FrameBuilder()
                   .WindowUpdate(frame.stream_id, 100000)
                   .Data(frame.stream_id, Framed("answer"))
                   .Ping(frame.stream_id));
          if (frame.stream_id % 4 == 1) Feed(Trailers(frame.stream_id));
        } else if (frame.type == FrameType::kData && !frame.payload.empty()) {
          const uint32_t n = static_cast<uint32_t>(frame.payload.size());
          Feed(FrameBuilder().WindowUpdate(0, n));
        }
      }
      std::this_thread::yield();
    }
  }

  // Calls, one after the other: some ended by us, some by the peer.
  void RunCalls(unsigned seed, std::vector<TestCall>* calls) {
    std::mt19937 random(seed);
    for (int i = 0; i < 100; ++i) {
      TestCall call{std::make_shared<RecordingCall>(),
                    connection_->NewStream()};
      calls->push_back(call);
      RecordingCall* recorder = call.call.get();
      // The stream holds its call: no reference back.
      const std::weak_ptr<Stream> stream = call.stream;
      recorder->may_be_overtaken = true;
      recorder->on_message_ready = [stream] {
        Message message;
        if (auto held = stream.lock()) held->NextMessage(&message);
      };
      call.stream->Start(HeaderList(), absl::InfiniteFuture(), call.call);
      call.stream->Flush();
      if (call.Send(std::string(random() % 30000, 'x'))) {
        call.Send(std::string(random() % 100, 'y'), /*end_stream=*/true);
      }
      Message message;
      call.stream->NextMessage(&message);
      if (random() % 2 == 0) call.Cancel();
    }
  }

  void RunEverything(bool close_in_the_middle) {
    Connect();
    std::vector<std::vector<TestCall>> calls(4);
    std::thread peer([this] { RunPeer(); });
    std::vector<std::thread> threads;
    for (size_t i = 0; i < calls.size(); ++i) {
      threads.emplace_back(
          [this, i, &calls] { RunCalls(static_cast<unsigned>(i), &calls[i]); });
    }
    if (close_in_the_middle) {
      connection_->Close(absl::UnavailableError("closed"));
    }
    for (std::thread& thread : threads) thread.join();
    connection_->Close(absl::UnavailableError("closed"));
    stop_ = true;
    peer.join();
    for (auto& of_thread : calls) {
      for (TestCall& call : of_thread) calls_.push_back(std::move(call));
    }
  }

  std::atomic<bool> stop_{false};
};

TEST_F(ClientConnectionThreadsTest, WriteOneAtATime) { RunEverything(false); }

TEST_F(ClientConnectionThreadsTest, MayCloseAtAnyTime) {
  RunEverything(/*close_in_the_middle=*/true);
}

}  // namespace
}  // namespace loopy
