// These benchmarks take items through the control buffer and the loopy writer.

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

// Drops the bytes that are written.
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

class NullObserver final : public WriterObserver {
 public:
  void OnPingWritten(uint64_t /*opaque*/) override {}
  void OnWriterError(Http2Error /*error*/) override {}
  void OnGoAwayWritten() override {}
  void OnWriteFailed(absl::Status /*status*/,
                     uint32_t /*first_unsent_stream*/) override {}
  void OnDataWritten() override {}
  void OnBulkHeldBack() override {}
  void OnMessageWaits() override {}
  void OnWriterFinished() override {}
};

// The sending half of a stream that is never closed by its peer.
class BenchStream final : public OutboundObserver,
                          public std::enable_shared_from_this<BenchStream> {
 public:
  BenchStream(ControlBuffer* buffer, uint32_t id, const HeaderList& headers)
      : outbound_(buffer, this) {
    outbound_.id = id;
    outbound_.request_headers = headers;
  }
  std::shared_ptr<OutboundStream> ShareOutbound() override {
    return std::shared_ptr<OutboundStream>(shared_from_this(), &outbound_);
  }
  void OnMessageAccepted() override {}
  OutboundStream* operator->() { return &outbound_; }

 private:
  OutboundStream outbound_;
};

void BM_ControlBufferPutAndTake(benchmark::State& state) {
  ControlBuffer buffer;
  ControlBatch batch;
  AllocationCounter counter(&state);
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      buffer.Put(SendPing{1});
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

// Measures the writer's share of unary calls: state.range(0) streams are
// opened, send one message and are closed. Their items were put before the
// writer runs.
void BM_LoopyWriterUnaryCalls(benchmark::State& state) {
  NullObserver observer;
  NullEndpoint endpoint;
  NullClock clock;
  ControlBuffer buffer;
  LoopyWriter writer(&buffer, &endpoint, &clock, &observer,
                     ConnectionOptions());
  endpoint.SetObservers(nullptr, &writer);
  const HeaderList headers = RequestHeaders();
  const Slice message = Slice::FromCopy(std::string(19, 'x'));
  uint32_t id = 1;
  std::vector<std::shared_ptr<BenchStream>> streams;
  AllocationCounter counter(&state);
  for (auto _ : state) {
    for (int64_t i = 0; i < state.range(0); ++i) {
      streams.push_back(std::make_shared<BenchStream>(&buffer, id, headers));
      BenchStream& stream = *streams.back();
      id = (id + 2) & 0x7fffffff;
      stream->Open();
      (void)stream->PutMessage(SliceBuffer(message), /*end_stream=*/true,
                               /*buffer_hint=*/false);
    }
    // The peer gives back the windows, so that none runs out.
    buffer.PutConnectionUpdateFromPeer(
        static_cast<uint32_t>(19 * state.range(0)));
    writer.MaybeRun();
    endpoint.CompleteWrites();
    for (const auto& stream : streams) {
      (*stream)->Close(absl::nullopt, /*peer_ended=*/true);
    }
    writer.MaybeRun();
    streams.clear();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) *
                          state.range(0));
}
BENCHMARK(BM_LoopyWriterUnaryCalls)->Arg(1)->Arg(64);

// Sends 64 KiB messages of state.range(0) streams in turns, in frames of 16
// KiB.
void BM_LoopyWriterBulk(benchmark::State& state) {
  constexpr size_t kMessage = 64 * 1024;
  NullObserver observer;
  NullEndpoint endpoint;
  NullClock clock;
  ControlBuffer buffer;
  LoopyWriter writer(&buffer, &endpoint, &clock, &observer,
                     ConnectionOptions());
  endpoint.SetObservers(nullptr, &writer);
  std::vector<std::shared_ptr<BenchStream>> streams;
  for (int64_t i = 0; i < state.range(0); ++i) {
    streams.push_back(std::make_shared<BenchStream>(
        &buffer, static_cast<uint32_t>(2 * i + 1), RequestHeaders()));
    (*streams.back())->Open();
  }
  writer.MaybeRun();
  endpoint.CompleteWrites();
  const size_t before = endpoint.written();
  const Slice message = Slice::FromCopy(std::string(kMessage, 'x'));
  {
    AllocationCounter counter(&state);
    for (auto _ : state) {
      for (const auto& stream : streams) {
        (void)(*stream)->PutMessage(SliceBuffer(message), /*end_stream=*/false,
                                    /*buffer_hint=*/false);
        (*stream)->OnWindowUpdate(kMessage);
        buffer.PutConnectionUpdateFromPeer(kMessage);
      }
      writer.MaybeRun();
      endpoint.CompleteWrites();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(endpoint.written() - before));
  for (const auto& stream : streams) {
    (*stream)->Close(absl::nullopt, /*peer_ended=*/true);
  }
  writer.MaybeRun();
  endpoint.CompleteWrites();
}
BENCHMARK(BM_LoopyWriterBulk)->Arg(1)->Arg(16);

}  // namespace
}  // namespace bench
}  // namespace loopy
