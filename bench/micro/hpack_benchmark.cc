// These benchmarks code header blocks of a unary call, in the steady state of a
// connection.

#include <benchmark/benchmark.h>

#include <string>

#include "bench/micro/allocations.h"
#include "bench/micro/call_headers.h"
#include "transport/hpack/header_decoder.h"
#include "transport/hpack/header_encoder.h"
#include "transport/hpack/header_list.h"

namespace loopy {
namespace bench {
namespace {

void BM_BuildRequestHeaders(benchmark::State& state) {
  AllocationCounter counter(&state);
  for (auto _ : state) benchmark::DoNotOptimize(RequestHeaders());
}
BENCHMARK(BM_BuildRequestHeaders);

void BM_EncodeRequestHeaders(benchmark::State& state) {
  HeaderEncoder encoder;
  const HeaderList headers = RequestHeaders();
  std::string block;
  encoder.Encode(headers, &block);
  AllocationCounter counter(&state);
  for (auto _ : state) {
    block.clear();
    encoder.Encode(headers, &block);
    benchmark::DoNotOptimize(block.data());
  }
  state.counters["bytes"] = static_cast<double>(block.size());
}
BENCHMARK(BM_EncodeRequestHeaders);

void Decode(benchmark::State& state, const HeaderList& headers) {
  HeaderEncoder encoder;
  HeaderDecoder decoder;
  HeaderList decoded;
  std::string block;
  encoder.Encode(headers, &block);
  if (!decoder.Decode(block, /*end_block=*/true, &decoded).ok()) {
    state.SkipWithError("not decoded");
  }
  block.clear();
  encoder.Encode(headers, &block);  // the table has all headers now
  AllocationCounter counter(&state);
  for (auto _ : state) {
    HeaderList list;
    benchmark::DoNotOptimize(decoder.Decode(block, /*end_block=*/true, &list));
    benchmark::DoNotOptimize(list.size());
  }
}

void BM_DecodeResponseHeaders(benchmark::State& state) {
  Decode(state, ResponseHeaders());
}
BENCHMARK(BM_DecodeResponseHeaders);

void BM_DecodeTrailers(benchmark::State& state) { Decode(state, Trailers()); }
BENCHMARK(BM_DecodeTrailers);

}  // namespace
}  // namespace bench
}  // namespace loopy
