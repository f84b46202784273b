// These benchmarks turn frames into bytes and back.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "bench/micro/allocations.h"
#include "bench/micro/call_headers.h"
#include "transport/base/http2_error.h"
#include "transport/base/slice.h"
#include "transport/hpack/header_encoder.h"
#include "transport/wire/frame.h"
#include "transport/wire/frame_parser.h"
#include "transport/wire/frame_writer.h"
#include "transport/wire/output_buffer.h"

namespace loopy {
namespace bench {
namespace {

class CountingHandler final : public FrameParser::Handler {
 public:
  Http2Error OnFrame(Frame&& frame) override {
    benchmark::DoNotOptimize(frame.index());
    return Http2Error::Ok();
  }
  void OnStreamError(Http2Error /*error*/) override {}
};

// Returns one slice with the frames of a unary call's response.
Slice ResponseFrames(size_t payload_size) {
  HeaderEncoder encoder;
  std::string block;
  OutputBuffer output;
  encoder.Encode(ResponseHeaders(), &block);
  WriteHeaders(1, /*end_stream=*/false, block, kDefaultMaxFrameSize, &output);
  SliceBuffer payload;
  payload.Append(Slice::FromCopy(std::string(payload_size, 'x')));
  WriteData(1, /*end_stream=*/false, &payload, payload_size, &output);
  block.clear();
  encoder.Encode(Trailers(), &block);
  WriteHeaders(1, /*end_stream=*/true, block, kDefaultMaxFrameSize, &output);
  SliceBuffer bytes;
  output.MoveTo(&bytes);
  return Slice::FromCopy(bytes.ToString());
}

void BM_ParseResponse(benchmark::State& state) {
  CountingHandler handler;
  FrameParser parser(&handler);
  const Slice frames = ResponseFrames(static_cast<size_t>(state.range(0)));
  AllocationCounter counter(&state);
  for (auto _ : state) {
    SliceBuffer bytes(frames);
    if (!parser.Parse(&bytes).ok()) state.SkipWithError("not parsed");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) *
                          static_cast<int64_t>(frames.size()));
}
BENCHMARK(BM_ParseResponse)->Arg(20)->Arg(16384);

void BM_WriteData(benchmark::State& state) {
  const Slice payload =
      Slice::FromCopy(std::string(static_cast<size_t>(state.range(0)), 'x'));
  OutputBuffer output;
  SliceBuffer write;
  AllocationCounter counter(&state);
  for (auto _ : state) {
    SliceBuffer bytes(payload);
    WriteData(1, /*end_stream=*/true, &bytes, payload.size(), &output);
    output.MoveTo(&write);
    write.Clear();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) *
                          state.range(0));
}
BENCHMARK(BM_WriteData)->Arg(20)->Arg(16384);

}  // namespace
}  // namespace bench
}  // namespace loopy
