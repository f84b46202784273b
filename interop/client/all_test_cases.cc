#include "interop/client/all_test_cases.h"

#include "interop/client/cancel_cases.h"
#include "interop/client/compression_cases.h"
#include "interop/client/metadata_cases.h"
#include "interop/client/soak_cases.h"
#include "interop/client/status_cases.h"
#include "interop/client/streaming_cases.h"
#include "interop/client/unary_cases.h"

namespace loopy {
namespace interop {
namespace {

constexpr TestCase kTestCases[] = {
    {"empty_unary", EmptyUnary},
    {"large_unary", LargeUnary},
    {"client_compressed_unary", ClientCompressedUnary},
    {"server_compressed_unary", ServerCompressedUnary},
    {"client_streaming", ClientStreaming},
    {"server_streaming", ServerStreaming},
    {"client_compressed_streaming", ClientCompressedStreaming},
    {"server_compressed_streaming", ServerCompressedStreaming},
    {"ping_pong", PingPong},
    {"empty_stream", EmptyStream},
    {"custom_metadata", CustomMetadata},
    {"status_code_and_message", StatusCodeAndMessage},
    {"special_status_message", SpecialStatusMessage},
    {"unimplemented_method", UnimplementedMethod},
    {"unimplemented_service", UnimplementedService},
    {"cancel_after_begin", CancelAfterBegin},
    {"cancel_after_first_response", CancelAfterFirstResponse},
    {"timeout_on_sleeping_server", TimeoutOnSleepingServer},
    {"rpc_soak", RpcSoak},
    {"channel_soak", ChannelSoak},
};

}  // namespace

absl::Span<const TestCase> AllTestCases() { return kTestCases; }

const TestCase* FindTestCase(absl::string_view name) {
  for (const TestCase& test_case : kTestCases) {
    if (test_case.name == name) return &test_case;
  }
  return nullptr;
}

}  // namespace interop
}  // namespace loopy
