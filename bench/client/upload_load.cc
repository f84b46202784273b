#include "bench/client/upload_load.h"

#include <grpcpp/client_context.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/client/metrics.h"
#include "bench/client/process_cost.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace bench {
namespace {

namespace testing = grpc::testing;

// The server counts them in 32 bits.
constexpr int64_t kMaxBytesOfCall = int64_t{1} << 30;

// One call that sends until `end`; the bytes that the server has counted.
absl::StatusOr<int64_t> Upload(
    testing::TestService::Stub* stub,
    const testing::StreamingInputCallRequest& message, absl::Time end) {
  const auto size = static_cast<int64_t>(message.payload().body().size());
  grpc::ClientContext context;
  testing::StreamingInputCallResponse response;
  const auto writer = stub->StreamingInputCall(&context, &response);
  int64_t sent = 0;
  while (sent + size <= kMaxBytesOfCall && absl::Now() < end &&
         writer->Write(message)) {
    sent += size;
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("the upload failed: ", status.error_message()));
  }
  if (response.aggregated_payload_size() != sent) {
    return absl::DataLossError(absl::StrCat(
        sent, " bytes sent, ", response.aggregated_payload_size(), " arrived"));
  }
  return sent;
}

absl::StatusOr<int64_t> UploadFor(
    testing::TestService::Stub* stub,
    const testing::StreamingInputCallRequest& message,
    absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  int64_t sum = 0;
  while (absl::Now() < end) {
    const auto sent = Upload(stub, message, end);
    if (!sent.ok()) return sent.status();
    sum += *sent;
  }
  return sum;
}

}  // namespace

absl::StatusOr<Measurement> RunUploadLoad(
    const std::shared_ptr<grpc::Channel>& channel,
    const UploadLoadOptions& options) {
  const auto stub = testing::TestService::NewStub(channel);
  testing::StreamingInputCallRequest message;
  message.mutable_payload()->set_body(
      std::string(static_cast<size_t>(options.message_bytes), 'x'));
  const auto warm = UploadFor(stub.get(), message, options.warm_up);
  if (!warm.ok()) return warm.status();

  const absl::Time begin = absl::Now();
  const double cpu = CpuMicroseconds();
  const auto sent = UploadFor(stub.get(), message, options.measured);
  if (!sent.ok()) return sent.status();
  const double used = CpuMicroseconds() - cpu;
  const double megabytes = static_cast<double>(*sent) / 1e6;

  Measurement result;
  AddMetric("throughput", "MB/s", Better::kHigher,
            megabytes / absl::ToDoubleSeconds(absl::Now() - begin), &result);
  AddMetric("cpu", "us/MB", Better::kLower, used / megabytes, &result);
  return result;
}

}  // namespace bench
}  // namespace loopy
