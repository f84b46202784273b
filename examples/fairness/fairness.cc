// Small calls beside uploads on one connection: how long do they take, and how
// much do the uploads get through? The same load runs over gRPC's built-in
// transport and over grpc-loopy.

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "examples/echo/echo.grpc.pb.h"
#include "examples/echo/server_process.h"
#include "transport/loopy.h"

namespace {

constexpr int kUploads = 16;

struct Result {
  double small_call_ms;  // the median
  double upload_mb_per_s;
};

double SecondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
      .count();
}

// Sends messages of 1 MiB until it is told to stop.
void Upload(examples::Echo::Stub* stub, const std::atomic<bool>* over,
            std::atomic<int64_t>* bytes) {
  grpc::ClientContext context;
  examples::Reply reply;
  const auto writer = stub->Upload(&context, &reply);
  examples::Request request;
  request.set_body(std::string(1 << 20, 'x'));
  while (!*over && writer->Write(request)) {
  }
  writer->WritesDone();
  if (writer->Finish().ok()) *bytes += reply.size();
}

Result Measure(const std::string& target, const grpc::ChannelArguments& args) {
  const auto stub = examples::Echo::NewStub(grpc::CreateCustomChannel(
      target, grpc::InsecureChannelCredentials(), args));
  std::atomic<bool> over{false};
  std::atomic<int64_t> bytes{0};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> uploads;
  for (int i = 0; i < kUploads; ++i) {
    uploads.emplace_back(Upload, stub.get(), &over, &bytes);
  }
  std::vector<double> times;
  while (SecondsSince(begin) < 3) {
    grpc::ClientContext context;
    examples::Request request;
    examples::Reply reply;
    const auto call_begin = std::chrono::steady_clock::now();
    if (!stub->Say(&context, request, &reply).ok()) break;
    times.push_back(SecondsSince(call_begin) * 1e3);
  }
  over = true;
  for (std::thread& upload : uploads) upload.join();
  const double seconds = SecondsSince(begin);
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], bytes / seconds / 1e6};
}

void Print(const char* transport, const Result& result) {
  std::printf("%s: a small call takes %.1f ms beside uploads of %.0f MB/s\n",
              transport, result.small_call_ms, result.upload_mb_per_s);
}

}  // namespace

int main() {
  examples::ServerProcess server;  // forks, so it comes first

  const Result built_in = Measure(server.target(), grpc::ChannelArguments());
  Print("built-in", built_in);

  loopy::RegisterTransport();
  grpc::ChannelArguments args;
  loopy::UseTransport(&args);
  const Result loopy = Measure(server.target(), args);
  Print("loopy", loopy);
  std::printf("the built-in transport's takes %.1f times as long\n",
              built_in.small_call_ms / loopy.small_call_ms);
  return 0;
}
