// Items through the control buffer, and through the loopy writer.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "bench/micro/allocations.h"
#include "bench/micro/call_headers.h"
#include "transport/base/clock.h"
#include "transport/base/endpoint.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/control/control_buffer.h"
#include "transport/control/control_item.h"
#include "transport/control/outbound_stream.h"
#include "transport/wire/settings.h"
#include "transport/writer/loopy_writer.h"

namespace loopy {
namespace bench {
namespace {

// Drops what is written.
class NullEndpoint final : public Endpoint {
 public:
  void SetObservers(ReadObserver* /*reader*/, WriteObserver* writer) override {
    writer_ = writer;
  }
  void StartRead() override {}
  void StartWrite(SliceBuffer* bytes) override {
    written_ += bytes->size();
    bytes->Clear();
    pending_ = true;
  }
  void Shutdown(absl::Status /*why*/) override {}
  absl::string_view peer() const override { return "none"; }

  // Ends writes until the writer starts no more.
  void CompleteWrites() {
    while (pending_) {
      pending_ = false;
      writer_->OnWriteDone(absl::OkStatus());
    }
  }
  size_t written() const { return written_; }

 private:
  WriteObserver* writer_ = nullptr;
  bool pending_ = false;
  size_t written_ = 0;
};

// Writes take no time.
class NullClock final : public Clock {
 public:
  absl::Time Now() override { return absl::UnixEpoch(); }
  TimerHandle RunAfter(absl::Duration /*delay*/,
                       absl::AnyInvocable<void()> /*callback*/) override {
    return 0;
  }
  bool Cancel(TimerHandle /*handle*/) override { return false; }
};

class NullObserver final : public WriterObserver, public OutboundObserver {
 public:
  void OnPingWritten(uint64_t /*opaque*/) override {}
  void OnWriterError(Http2Error /*error*/) override {}
  void OnGoAwayWritten() override {}
  void OnWriteFailed(absl::Status /*status*/) override {}
  void OnWriterFinished() override {}
  bool OnOpening() override { return true; }
  void OnBytesDequeued(size_t /*n*/) override {}
};

void BM_ControlBufferPutAndTake(benchmark::State& state) {
  NullObserver observer;
  const auto stream = std::make_shared<OutboundStream>(&observer);
  ControlBuffer buffer;
  ControlBatch batch;
  AllocationCounter counter(&state);
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      buffer.Put(SendData{stream, SliceBuffer(), false});
    }
    if (buffer.MaybeBecomeWriter()) {
      while (buffer.Take(/*more=*/false, &batch)) {
      }
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) *
                          state.range(0));
}
BENCHMARK(BM_ControlBufferPutAndTake)->Arg(1)->Arg(64);

// The writer's share of unary calls: open, one message, close, of
// state.range(0) streams whose items were put before it runs.
void BM_LoopyWriterUnaryCalls(benchmark::State& state) {
  NullObserver observer;
  NullEndpoint endpoint;
  NullClock clock;
  ControlBuffer buffer;
  LoopyWriter writer(&buffer, &endpoint, &clock, &observer);
  endpoint.SetObservers(nullptr, &writer);
  const HeaderList headers = RequestHeaders();
  const Slice message = Slice::FromCopy(std::string(19, 'x'));
  uint32_t id = 1;
  AllocationCounter counter(&state);
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      auto stream = std::make_shared<OutboundStream>(&observer);
      stream->id = id;
      stream->request_headers = headers;
      id = (id + 2) & 0x7fffffff;
      buffer.Put(OpenStream{stream});
      buffer.Put(SendData{stream, SliceBuffer(message), true});
      buffer.Put(CloseStream{stream, absl::nullopt});
    }
    // Nothing may run out: the peer gives back what was sent.
    buffer.PutConnectionUpdateFromPeer(
        static_cast<uint32_t>(19 * state.range(0)));
    writer.MaybeRun();
    endpoint.CompleteWrites();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) *
                          state.range(0));
}
BENCHMARK(BM_LoopyWriterUnaryCalls)->Arg(1)->Arg(64);

// 64 KiB messages of state.range(0) streams in turns, in frames of 16 KiB.
void BM_LoopyWriterBulk(benchmark::State& state) {
  constexpr size_t kMessage = 64 * 1024;
  NullObserver observer;
  NullEndpoint endpoint;
  NullClock clock;
  ControlBuffer buffer;
  LoopyWriter writer(&buffer, &endpoint, &clock, &observer);
  endpoint.SetObservers(nullptr, &writer);
  std::vector<std::shared_ptr<OutboundStream>> streams;
  for (int64_t i = 0; i < state.range(0); ++i) {
    streams.push_back(std::make_shared<OutboundStream>(&observer));
    streams.back()->id = static_cast<uint32_t>(2 * i + 1);
    streams.back()->request_headers = RequestHeaders();
    buffer.Put(OpenStream{streams.back()});
  }
  writer.MaybeRun();
  endpoint.CompleteWrites();
  const size_t before = endpoint.written();
  const Slice message = Slice::FromCopy(std::string(kMessage, 'x'));
  {
    AllocationCounter counter(&state);
    for (auto _ : state) {
      for (const auto& stream : streams) {
        buffer.Put(SendData{stream, SliceBuffer(message), false});
        buffer.PutStreamUpdateFromPeer(stream, kMessage);
        buffer.PutConnectionUpdateFromPeer(kMessage);
      }
      writer.MaybeRun();
      endpoint.CompleteWrites();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(endpoint.written() - before));
  for (const auto& stream : streams) buffer.Put(CloseStream{stream, {}});
  writer.MaybeRun();
  endpoint.CompleteWrites();
}
BENCHMARK(BM_LoopyWriterBulk)->Arg(1)->Arg(16);

}  // namespace
}  // namespace bench
}  // namespace loopy
