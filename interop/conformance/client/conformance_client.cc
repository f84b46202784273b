// This is the client of connectrpc's conformance suite, and of h2spec's cases.
//
// Without an argument it makes the calls that the suite asks for on standard
// input. With an argument, host:port, it makes one call there and keeps the
// connection until its standard input ends, or it runs the case that
// --http2_case names. Its exit code is 1 if the call, or the case, failed.

#include <grpcpp/client_context.h>

#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "connectrpc/conformance/v1/service.grpc.pb.h"
#include "interop/conformance/client/http2_cases.h"
#include "interop/conformance/client/suite_call.h"
#include "interop/conformance/client/suite_channels.h"
#include "tests/support/channel_factory.h"

ABSL_FLAG(loopy::TransportKind, transport, loopy::TransportKind::kLoopy,
          "loopy or chttp2");
ABSL_FLAG(bool, connection_per_call, false,
          "whether each call has a connection of its own");
ABSL_FLAG(int32_t, parallel, 16, "how many calls are made at once");
ABSL_FLAG(std::string, http2_case, "",
          "one of gRPC's negative HTTP/2 cases, such as goaway");
ABSL_FLAG(absl::Duration, call_bound, absl::Seconds(10),
          "a call that takes longer is an error of the client");

namespace loopy {
namespace conformance {
namespace {

namespace v1 = ::connectrpc::conformance::v1;

// The size before each of the suite's messages has four bytes, the highest
// first.
constexpr int kSizeBytes = 4;

constexpr std::chrono::milliseconds kInputCheckTime{50};

// Reads a size and a message. Returns false at the end of the input.
bool ReadMessage(std::istream* in, std::string* message) {
  unsigned char size[kSizeBytes];
  if (!in->read(reinterpret_cast<char*>(size), kSizeBytes)) return false;
  uint32_t length = 0;
  for (const unsigned char byte : size) length = length << 8 | byte;
  message->resize(length);
  return static_cast<bool>(in->read(message->data(), length));
}

void WriteMessage(const std::string& message, std::ostream* out) {
  for (int shift = 8 * (kSizeBytes - 1); shift >= 0; shift -= 8) {
    out->put(static_cast<char>(message.size() >> shift));
  }
  *out << message << std::flush;
}

// Serves requests from standard input until there are no more.
void ServeSuite(SuiteChannels* channels, absl::Duration bound,
                absl::Mutex* input, absl::Mutex* output) {
  while (true) {
    v1::ClientCompatRequest request;
    {
      absl::MutexLock lock(input);
      std::string message;
      if (!ReadMessage(&std::cin, &message)) return;
      if (!request.ParseFromString(message)) {
        std::cerr << "conformance_client: a request cannot be parsed"
                  << std::endl;
        return;
      }
    }
    const v1::ClientCompatResponse response =
        MakeCall(request, channels->Get(request), bound);
    absl::MutexLock lock(output);
    WriteMessage(response.SerializeAsString(), &std::cout);
  }
}

int RunSuite(TransportKind transport) {
  SuiteChannels channels(transport, absl::GetFlag(FLAGS_connection_per_call)
                                        ? Connections::kPerCall
                                        : Connections::kShared);
  absl::Mutex input;
  absl::Mutex output;
  std::vector<std::thread> threads;
  for (int i = 0; i < absl::GetFlag(FLAGS_parallel); ++i) {
    threads.emplace_back([&] {
      ServeSuite(&channels, absl::GetFlag(FLAGS_call_bound), &input, &output);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

// gRPC 1.51 reads from a connection only while some thread waits. This one
// waits for changes of the channel's state.
void KeepUntilInputEnds(grpc::Channel* channel) {
  absl::Notification ended;
  std::thread reader([&ended] {
    std::string line;
    while (std::getline(std::cin, line)) {
    }
    ended.Notify();
  });
  while (!ended.HasBeenNotified()) {
    channel->WaitForStateChange(
        channel->GetState(/*try_to_connect=*/false),
        std::chrono::system_clock::now() + kInputCheckTime);
  }
  reader.join();
}

int MakeOneCall(TransportKind transport, const std::string& target) {
  ChannelConfig config;
  config.target = target;
  config.transport = transport;
  config.retries = false;
  const auto channel = MakeChannel(config);
  if (!channel.ok()) return 2;
  grpc::ClientContext context;
  context.set_deadline(
      std::chrono::system_clock::now() +
      absl::ToChronoMilliseconds(absl::GetFlag(FLAGS_call_bound)));
  v1::UnaryRequest request;
  v1::UnaryResponse response;
  const grpc::Status status = v1::ConformanceService::NewStub(*channel)->Unary(
      &context, request, &response);
  KeepUntilInputEnds(channel->get());
  return status.ok() ? 0 : 1;
}

}  // namespace
}  // namespace conformance
}  // namespace loopy

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage(
      "The client of connectrpc's conformance suite and of h2spec's cases.");
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const auto transport = absl::GetFlag(FLAGS_transport);
  if (arguments.size() < 2) return loopy::conformance::RunSuite(transport);
  const std::string http2_case = absl::GetFlag(FLAGS_http2_case);
  if (http2_case.empty()) {
    return loopy::conformance::MakeOneCall(transport, arguments[1]);
  }
  const absl::Status result =
      loopy::conformance::RunHttp2Case(http2_case, arguments[1], transport);
  if (!result.ok()) std::cerr << result.message() << std::endl;
  return result.ok() ? 0 : 1;
}
