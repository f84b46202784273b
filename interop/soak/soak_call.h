#ifndef LOOPY_INTEROP_SOAK_SOAK_CALL_H_
#define LOOPY_INTEROP_SOAK_SOAK_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/grpc/testing/test.grpc.pb.h"

namespace loopy {
namespace interop {

// One random call of the soak test.
//
// Example:
//   SoakCall call(id, &random);
//   grpc::ClientContext context;
//   call.Prepare(&context);
//   const grpc::Status status = call.Run(stub, &context);
//   if (!call.Expects(status)) ...
class SoakCall {
 public:
  // The kind is the id modulo 4, so that a server that knows an id knows the
  // kind.
  enum class Kind { kUnary, kUpload, kPingPong, kDownload };

  SoakCall(uint64_t id, std::mt19937_64* random);

  // The call has to end within this time of its begin.
  absl::Duration deadline() const { return deadline_; }
  // The call is to be cancelled after this time, which may be infinite.
  absl::Duration cancel_after() const { return cancel_after_; }
  absl::string_view method() const;

  // Sets the deadline, and adds the id for the servers.
  void Prepare(grpc::ClientContext* context) const;
  grpc::Status Run(grpc::testing::TestService::Stub* stub,
                   grpc::ClientContext* context) const;

  // Returns whether the call may end with `status` whatever happens to the
  // servers.
  bool Expects(const grpc::Status& status) const;

  // Returns the service config. With `retries`, it gives downloads, and no
  // others, a retry policy.
  static std::string ServiceConfigJson(bool retries);
  // Returns whether the service began to answer.
  static bool Answered(const grpc::ClientContext& context);

 private:
  grpc::Status RunUnary(grpc::testing::TestService::Stub* stub,
                        grpc::ClientContext* context) const;
  grpc::Status RunUpload(grpc::testing::TestService::Stub* stub,
                         grpc::ClientContext* context) const;
  grpc::Status RunPingPong(grpc::testing::TestService::Stub* stub,
                           grpc::ClientContext* context) const;
  grpc::Status RunDownload(grpc::testing::TestService::Stub* stub,
                           grpc::ClientContext* context) const;
  // Asks for a response of response_bytes_ after pause_us_.
  void AddResponse(grpc::testing::StreamingOutputCallRequest* request) const;

  const uint64_t id_;
  const Kind kind_;
  absl::Duration deadline_;
  absl::Duration cancel_after_ = absl::InfiniteDuration();
  size_t request_bytes_ = 0;
  int32_t response_bytes_ = 0;
  int messages_ = 1;
  int32_t pause_us_ = 0;
  bool fails_ = false;  // the service is asked to fail it
};

}  // namespace interop
}  // namespace loopy

#endif  // LOOPY_INTEROP_SOAK_SOAK_CALL_H_
